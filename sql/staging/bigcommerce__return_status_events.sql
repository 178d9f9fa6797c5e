-- description: Changes of return status that the dates of the documented return-request CSV tell: requested, approved,
--   received, resolved. A day without a time is an interval: after its first moment, at the latest when it ends.
-- grain: dated step of a return line
-- key: file_id, return_line_id, to_status, changed_at
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
--   changed_after
-- checks:
--   not_null: return_line_id
--   not_null: changed_at
with return_lines as (
    select merchant_id, file_id, record_number, line_number, return_line_id, status
    from changed.staging_bigcommerce__return_lines
),

requests as (
    select file_id, record_number, date_requested, date_approved, date_received, date_resolved
    from changed.bigcommerce__return_requests
),

merchants as (
    select merchant_id, timezone
    from core.merchants
),

dated as (
    select
        return_lines.*,
        merchants.timezone,
        trim(requests.date_requested) as date_requested,
        trim(requests.date_approved) as date_approved,
        trim(requests.date_received) as date_received,
        trim(requests.date_resolved) as date_resolved
    from return_lines
    inner join requests using (file_id, record_number)
    inner join merchants using (merchant_id)
),

steps as (
    select *, 1 as step, 'pending' as to_status, date_requested as step_date
    from dated
    union all
    select *, 2 as step, 'authorized' as to_status, date_approved as step_date
    from dated
    union all
    select *, 3 as step, 'received' as to_status, date_received as step_date
    from dated
    union all
    select
        *,
        4 as step,
        if(status in ('repaired', 'refunded', 'rejected', 'cancelled'), status, 'closed') as to_status,
        date_resolved as step_date
    from dated
),

timed as (
    select
        *,
        length(step_date) = 10 as is_day_only,
        cast(replace(step_date, 'T', ' ') as timestamp) as step_local
    from steps
    where step_date is not null
)

select
    merchant_id,
    file_id,
    record_number,
    line_number,
    return_line_id,
    lag(to_status) over (
        partition by file_id, record_number
        order by cast(step_local as date), step
    ) as from_status,
    to_status,
    timezone('UTC', timezone(timezone, if(is_day_only, step_local + interval 1 day, step_local))) as changed_at,
    case when is_day_only then timezone('UTC', timezone(timezone, step_local)) end as changed_after,
    cast(null as varchar) as rejected_rule
from timed
