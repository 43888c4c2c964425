with source as (
    select * from {{ source('raw', 'seizure_rows') }}
),

renamed as (
    select
        ---------- ids
        submission_id, row_number, case_ref, item_no,

        ---------- what the row does, and whether it counts
        verdict, coalesce(action, 'new') as action,

        ---------- case
        case_type, event_date, event_time, discovered_date, territory, place, place_type, unlocode, direction,
        transport_mode, conveyance, consignment_ref, concealment, detection_method, departure_country,
        transit_country, destination_country, origin_country, persons_detained, related_case,

        ---------- item
        category, sub_type, description, hs_code, quantity, unit, value, currency,

        ---------- firearm
        make, model, calibre, serial_state, serial_number,

        ---------- free
        remarks,

        ---------- as given
        quantity_given, unit_given, value_given, currency_given
    from source
)

select * from renamed
