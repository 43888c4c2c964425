{# What offices write in different ways, in the one way in which it can be compared. #}

{# A name or number: letters and digits alone, in upper case and without accents. #}
{% macro bare(text) -%}
    nullif(upper(regexp_replace(normalize({{ text }}, nfkd), '[^A-Za-z0-9]+', '', 'g')), '')
{%- endmacro %}


{# A container, waybill or parcel, without the word for it and with the check digit that some leave out; null where
   too little is written to tell one consignment from another. #}
{% macro comparable_consignment(reference) -%}
    (
        select case
            when length(named.bare) < 6 or length(named.digits) < 4 or named.digits ~ '^(.)\1*$' then null
            when named.bare ~ '^[A-Z]{3}[UJZ]\d{6}$' then named.bare || {{ container_check_digit('named.bare') }}
            else ltrim(named.bare, '0')
        end
        from (
            select
                regexp_replace({{ bare(reference) }}, '^(AWB|MAWB|HAWB|BOL|CONTAINER|CONTENEUR|CONTENEDOR)(?=.*\d)', '')
                    as bare,
                regexp_replace({{ reference }}, '\D', '', 'g') as digits
        ) as named
    )
{%- endmacro %}


{# The check digit of a container by ISO 6346, from its four letters and six digits. #}
{% macro container_check_digit(number) -%}
    (
        select
            sum((strpos('0123456789A.BCDEFGHIJK.LMNOPQRSTU.VWXYZ', signs.sign) - 1) * 2 ^ (signs.place - 1))::integer
            % 11 % 10
        from string_to_table(left({{ number }}, 10), null) with ordinality as signs (sign, place)
    )
{%- endmacro %}


{# Whether a number is a container's, whole and with the right check digit. #}
{% macro is_sound_container(number) -%}
    ({{ number }} ~ '^[A-Z]{3}[UJZ]\d{7}$' and right({{ number }}, 1) = {{ container_check_digit(number) }}::text)
{%- endmacro %}


{# A vessel without the word for it, or a flight without zeros before its number. #}
{% macro comparable_conveyance(name) -%}
    (
        select case when length(named.bare) >= 4 then regexp_replace(named.bare, '^(\w\w)0*([1-9]\d{0,3})$', '\1\2') end
        from (
            select {{ bare("regexp_replace(upper(" ~ name ~ "), '^\W*(M\W?V|M\W?S|M\W?T|S\W?S|F\W?V|B\W?M|VESSEL|SHIP"
                ~ "|NAVIRE|BATEAU|BUQUE|BARCO|SCHIP|FLIGHT|VOL|VUELO|VLUCHT)\W+', '')") }} as bare
        ) as named
    )
{%- endmacro %}


{# Another administration's case as `tto|TT0012`; null where no administration is named. #}
{% macro comparable_case(administration_code, case_ref) -%}
    {{ administration_code }} || '|' || {{ bare(case_ref) }}
{%- endmacro %}


{# The stretch in which a number lies, and (with `next_stretch`) the one after it: of two numbers that are no further
   apart than the width, one of these is the same. #}
{% macro stretch(number, width) -%}
    (floor(({{ number }}) / {{ width }}) + further.stretches)::integer
{%- endmacro %}

{% macro next_stretch() -%}
    (values (0), (1)) as further (stretches)
{%- endmacro %}


{# In how many places two numbers of one length differ; null where they are not of one length. #}
{% macro slips(one, other) -%}
    case when length({{ one }}) = length({{ other }}) then (
        select count(*)
        from string_to_table({{ one }}, null) with ordinality as signs (sign, place)
        where signs.sign <> substr({{ other }}, signs.place::integer, 1)
    ) end
{%- endmacro %}


{# Days from the last day of the one to the first of the other; none or less where they overlap. #}
{% macro days_between(one, other) -%}
    greatest({{ one }}.first_day, {{ other }}.first_day) - least({{ one }}.last_day, {{ other }}.last_day)
{%- endmacro %}


{# Whether goods cannot have gone both ways on one journey: twice in, twice out, or without leaving the country. #}
{% macro clash(one, other) -%}
    ('internal' in ({{ one }}, {{ other }}) or ({{ one }} = {{ other }} and {{ one }} <> 'transit'))
{%- endmacro %}
