-- description: Statuses of return lines as ClickPost's return requests and returns delta told them; what was before is
--   not told with them.
-- grain: step of a return line in a record
-- key: file_id, record_number, return_line_id
-- load: merge
-- entity: return_status_events
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   return_line_id
--   from_status
--   to_status
--   changed_at
-- checks:
--   not_null: return_line_id
--   not_null: changed_at
with steps as (
    select merchant_id, file_id, record_number, line_number, return_line_id, status, happened_at
    from changed.staging_clickpost_events__return_steps
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    return_line_id,
    cast(null as varchar) as from_status,
    status as to_status,
    happened_at as changed_at,
    cast(null as varchar) as rejected_rule
from steps
