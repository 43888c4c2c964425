with candidates as (
    select * from {{ ref('int_case_candidates') }}
),

serials as (
    select
        case_key, span_no,
        array_agg(serial) as serials,
        array_agg(serial) filter (where not is_common) as rare_serials
    from {{ ref('int_case_serials') }}
    group by case_key, span_no
),

tellings as (
    select tellings.*, serials.serials, serials.rare_serials
    from {{ ref('int_case_tellings') }} as tellings
    left join serials using (case_key, span_no)
),

-- Of each kind of evidence one reason at most: what is not told on both sides is no evidence.
compared as (
    select
        candidates.*,
        array[
            case
                when mine.consignment = theirs.consignment then 'same_consignment'
                when mine.is_sound_container and theirs.is_sound_container then 'other_consignment'
                when {{ slips('mine.consignment', 'theirs.consignment') }} <= 3 then 'like_consignment'
                when length(mine.consignment) = length(theirs.consignment) then 'other_consignment'
            end,
            case
                when mine.conveyance = theirs.conveyance then 'same_conveyance'
                when mine.conveyance <> theirs.conveyance then 'other_conveyance'
            end,
            case
                when mine.rare_serials && theirs.rare_serials then 'same_serial_number'
                when mine.serials && theirs.serials then 'common_serial_number'
                when mine.serials <> theirs.serials then 'other_serial_numbers'
            end,
            case when mine.named_as = theirs.names or theirs.named_as = mine.names then 'names_the_other' end,
            case when mine.unlocode = theirs.unlocode or mine.place = theirs.place then 'same_place' end,
            case
                when mine.countries && theirs.territories and theirs.countries && mine.territories then 'routes_meet'
                when mine.countries && theirs.territories and theirs.countries = '{}' then 'route_leads_there'
                when theirs.countries && mine.territories and mine.countries = '{}' then 'route_leads_there'
                when mine.countries && theirs.territories or theirs.countries && mine.territories then null
                when mine.countries <> '{}' and theirs.countries <> '{}' then 'routes_part'
            end,
            case
                when mine.sources && theirs.sources then 'same_source'
                when mine.sources <> '{}' and theirs.sources <> '{}' then 'other_source'
            end,
            case when mine.destination_country <> theirs.destination_country then 'other_destination' end,
            case when {{ clash('mine.direction', 'theirs.direction') }} then 'directions_clash' end,
            case when mine.transport_mode <> theirs.transport_mode then 'other_transport' end,
            case when mine.concealment = theirs.concealment then 'same_concealment' end,
            case
                when {{ days_between('mine', 'theirs') }} > {{ var('match_days') }} then 'days_apart'
                when mine.happened_at - theirs.happened_at between '-1 hour' and '1 hour' then 'same_hour'
                when {{ days_between('mine', 'theirs') }} <= 0 then 'same_day'
                when {{ days_between('mine', 'theirs') }} = 1 then 'next_day'
            end
        ] as reasons
    from candidates
    inner join tellings as mine using (case_key, span_no)
    inner join tellings as theirs
        on candidates.other_case_key = theirs.case_key and candidates.other_span_no = theirs.span_no
),

told as (
    select
        compared.case_key, compared.span_no, compared.other_case_key, compared.other_span_no, given.reason
    from compared
    cross join lateral unnest(compared.reasons) as given (reason)
    where given.reason is not null
)

select * from told
