-- Rows that count in a figure although a check asks about a field that the figure is made of, and nobody has decided.
select contributions.figure, findings.rule_code, count(distinct (findings.submission_id, findings.row_number)) as rows
from marts.contributions(%(operation)s, %(known_at)s) as contributions
inner join marts.dim_figures as figures using (figure)
inner join marts.fct_findings as findings using (submission_id, row_number)
where
    contributions.reported_on <= %(day)s
    and findings.severity = 'warning'
    and findings.known_from <= %(known_at)s
    and (findings.decision is distinct from 'accept' or findings.decided_at > %(known_at)s)
    and (
        findings.field in (figures.code_field, figures.part_field)
        or figures.grain = 'item' and findings.field in ('category', 'sub_type', 'quantity', 'unit', 'value', 'currency')
        or figures.grain <> 'item' and findings.field in ('case_ref', 'case_type')
        or figures.measure = 'persons' and findings.field = 'persons_detained'
    )
group by contributions.figure, findings.rule_code
order by contributions.figure, rows desc, findings.rule_code
