-- description: What Amazon found when returned units came to its warehouses.
-- grain: returned unit of a file with a disposition
-- key: file_id, record_number
-- load: merge
-- entity: inspections
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   inspection_id
--   return_line_id
--   result_raw
--   disposition
--   inspected_at
-- checks:
--   not_null: inspection_id
--   not_null: result_raw
with units as (
    select merchant_id, file_id, record_number, line_number, unit_id, disposition, status_raw, received_at
    from changed.staging_amazon_fba__returned_units
    where not is_undelivered and disposition is not null
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    unit_id as inspection_id,
    unit_id as return_line_id,
    disposition as result_raw,
    status_raw as disposition,
    received_at as inspected_at,
    cast(null as varchar) as rejected_rule
from units
