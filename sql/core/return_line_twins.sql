-- description: Return lines that another source has told already: a request in the shop and its parcel at the aggregator are one return. Rows of different sources (lists of reasons) with the same order and item, or the same waybill, and rows of one source with the same waybill of which one names no item, that were neither rejected nor cancelled, are paired one to one: the same waybill first (within 180 days, for carriers reuse them), then the nearest in time within 30 days. Rows whose two waybills differ are never a pair. Of a pair the row counts that has a comment, else a reason, else the earlier request, else the first by id.
-- grain: return line that another one stands for
-- key: merchant_id, return_line_id
-- load: merge
-- case: return_line_id
-- columns:
--   merchant_id
--   return_line_id varchar: Line that does not count.
--   twin_return_line_id varchar: Line that counts in its stead. Of several sources it may be the twin of its twin; matched_by and days_between then speak of the nearer pair.
--   matched_by varchar: `awb`: the same waybill on the way back; `order_line`: the same line of the order; `product` or `sku`: the same order and item; `order`: the same order, one of the two naming no item.
--   days_between bigint: Days between the two requests; empty where a date is missing.
-- checks:
--   not_null: return_line_id
--   not_null: twin_return_line_id
--   unique: merchant_id, return_line_id
--   assert no_line_is_its_own_twin: return_line_id <> twin_return_line_id
--   assert days_are_within_the_limit: days_between <= 30 or (days_between <= 180 and matched_by = 'awb')

with
return_line_matches as (
    select merchant_id, return_line_id, order_id, order_line_id
    from core.return_line_matches
),

return_lines as (
    select
        merchant_id,
        return_line_id,
        split_part(lower(coalesce(reason_list, '')), '/', 1) as list_name,
        -- What a source says of an item and what it says of a parcel alone are two tellings.
        split_part(lower(coalesce(reason_list, '')), '/', 1)
        || case
            when coalesce(nullif(trim(product_id), '0'), '') = '' and coalesce(trim(sku), '') = '' then '/'
            else ''
        end as source_name,
        nullif(nullif(trim(product_id), ''), '0') as product_id,
        lower(nullif(trim(sku), '')) as sku_key,
        lower(nullif(trim(awb), '')) as awb_key,
        case when trim(comment) <> '' then 1 else 0 end as has_comment,
        case when trim(reason_raw) <> '' then 1 else 0 end as has_reason,
        requested_date,
        coalesce(requested_at, cast(requested_date as timestamp)) as began_at
    from core.return_lines
    where coalesce(status not in ('rejected', 'cancelled'), true)
),

-- What two sources tell of. A waybill of very many rows is no waybill but a placeholder.
shared_orders as (
    select return_line_matches.merchant_id, return_line_matches.order_id
    from return_line_matches
    inner join return_lines
        on
            return_line_matches.merchant_id = return_lines.merchant_id
            and return_line_matches.return_line_id = return_lines.return_line_id
    where return_line_matches.order_id is not null
    group by return_line_matches.merchant_id, return_line_matches.order_id
    having min(return_lines.source_name) <> max(return_lines.source_name)
),

shared_waybills as (
    select merchant_id, awb_key
    from return_lines
    where awb_key is not null
    group by merchant_id, awb_key
    having min(source_name) <> max(source_name) and count(*) <= 50
),

candidates as (
    select
        return_lines.merchant_id,
        return_lines.return_line_id,
        return_lines.list_name,
        return_lines.source_name,
        return_line_matches.order_id,
        return_line_matches.order_line_id,
        return_lines.product_id,
        return_lines.sku_key,
        return_lines.product_id is null and return_lines.sku_key is null as is_item_unknown,
        return_lines.awb_key,
        shared_waybills.awb_key as shared_awb_key,
        return_lines.requested_date,
        -- The row that tells more counts.
        row_number() over (
            partition by return_lines.merchant_id
            order by
                return_lines.has_comment desc,
                return_lines.has_reason desc,
                return_lines.began_at asc nulls last,
                return_lines.return_line_id asc
        ) as precedence,
        row_number() over (
            partition by
                return_lines.merchant_id,
                return_lines.source_name,
                return_line_matches.order_id,
                -- Rows of no order have but their waybill in common.
                case when return_line_matches.order_id is null then return_lines.awb_key end,
                coalesce(return_line_matches.order_line_id, return_lines.product_id, return_lines.sku_key)
            order by return_lines.began_at asc nulls last, return_lines.return_line_id asc
        ) as position_in_source
    from return_lines
    left join return_line_matches
        on
            return_lines.merchant_id = return_line_matches.merchant_id
            and return_lines.return_line_id = return_line_matches.return_line_id
    left join shared_orders
        on
            return_line_matches.merchant_id = shared_orders.merchant_id
            and return_line_matches.order_id = shared_orders.order_id
    left join shared_waybills
        on
            return_lines.merchant_id = shared_waybills.merchant_id
            and return_lines.awb_key = shared_waybills.awb_key
    where shared_orders.order_id is not null or shared_waybills.awb_key is not null
),

-- Two orders that both are known and differ used the waybill one after the other: no pair.
met as (
    select
        counting.merchant_id,
        counting.return_line_id as twin_return_line_id,
        repeating.return_line_id
    from candidates as counting
    inner join candidates as repeating
        on
            counting.merchant_id = repeating.merchant_id
            and counting.order_id = repeating.order_id
            and counting.source_name <> repeating.source_name
            and counting.precedence < repeating.precedence
    union
    select
        counting.merchant_id,
        counting.return_line_id as twin_return_line_id,
        repeating.return_line_id
    from candidates as counting
    inner join candidates as repeating
        on
            counting.merchant_id = repeating.merchant_id
            and counting.shared_awb_key = repeating.shared_awb_key
            and counting.source_name <> repeating.source_name
            and counting.precedence < repeating.precedence
    where coalesce(counting.order_id = repeating.order_id, true)
),

compared as (
    select
        met.merchant_id,
        met.twin_return_line_id,
        met.return_line_id,
        counting.source_name as twin_source_name,
        repeating.source_name,
        counting.list_name = repeating.list_name as is_same_list,
        case
            when counting.awb_key = repeating.awb_key then 0
            when counting.awb_key is null or repeating.awb_key is null then 1
        end as waybill_distance,
        case
            when counting.order_id = repeating.order_id and counting.order_line_id = repeating.order_line_id
                then 1
            when counting.product_id <> repeating.product_id then null
            when counting.sku_key <> repeating.sku_key then null
            when counting.product_id = repeating.product_id then 2
            when counting.sku_key = repeating.sku_key then 3
            when counting.is_item_unknown or repeating.is_item_unknown then 4
        end as item_distance,
        abs(counting.requested_date - repeating.requested_date) as days_between,
        abs(counting.position_in_source - repeating.position_in_source) as position_distance,
        counting.precedence as twin_precedence,
        repeating.precedence
    from met
    inner join candidates as counting
        on
            met.merchant_id = counting.merchant_id
            and met.twin_return_line_id = counting.return_line_id
    inner join candidates as repeating
        on met.merchant_id = repeating.merchant_id and met.return_line_id = repeating.return_line_id
),

-- The smaller the place, the stronger the pair; no two pairs share one.
pairs as (
    select
        merchant_id,
        twin_return_line_id,
        return_line_id,
        twin_source_name,
        source_name,
        waybill_distance,
        item_distance,
        days_between,
        row_number() over (
            partition by merchant_id
            order by
                waybill_distance asc,
                item_distance asc,
                days_between asc nulls last,
                position_distance asc,
                twin_precedence asc,
                precedence asc
        ) as place
    from compared
    where
        item_distance is not null
        and (
            (waybill_distance = 0 and coalesce(days_between <= 180, true))
            or (waybill_distance = 1 and days_between <= 30 and not is_same_list)
        )
),

-- Both lines of every pair, with the source of the other: a line has at most one partner in each source.
sides as (
    select merchant_id, place, twin_return_line_id as return_line_id, source_name as other_source_name
    from pairs
    union all
    select merchant_id, place, return_line_id, twin_source_name as other_source_name
    from pairs
),

-- A pair holds where each of the two is the other's strongest.
first_choices as (
    select
        merchant_id,
        place,
        return_line_id,
        other_source_name,
        min(place) over (partition by merchant_id, return_line_id, other_source_name) as best_place
    from sides
),

first_pairs as (
    select merchant_id, place
    from first_choices
    group by merchant_id, place
    having bool_and(place = best_place)
),

taken as (
    select sides.merchant_id, sides.return_line_id, sides.other_source_name
    from sides
    inner join first_pairs on sides.merchant_id = first_pairs.merchant_id and sides.place = first_pairs.place
),

-- Once more among those that are left.
free_pairs as (
    select sides.merchant_id, sides.place
    from sides
    left join taken
        on
            sides.merchant_id = taken.merchant_id
            and sides.return_line_id = taken.return_line_id
            and sides.other_source_name = taken.other_source_name
    group by sides.merchant_id, sides.place
    having count(taken.return_line_id) = 0
),

second_choices as (
    select
        sides.merchant_id,
        sides.place,
        min(sides.place) over (
            partition by sides.merchant_id, sides.return_line_id, sides.other_source_name
        ) as best_place
    from sides
    inner join free_pairs on sides.merchant_id = free_pairs.merchant_id and sides.place = free_pairs.place
),

accepted as (
    select merchant_id, place
    from first_pairs
    union all
    select merchant_id, place
    from second_choices
    group by merchant_id, place
    having bool_and(place = best_place)
),

-- Of several sources that told it before, the nearest.
nearest as (
    select pairs.merchant_id, pairs.return_line_id, min(pairs.place) as place
    from pairs
    inner join accepted on pairs.merchant_id = accepted.merchant_id and pairs.place = accepted.place
    group by pairs.merchant_id, pairs.return_line_id
),

twins as (
    select
        pairs.merchant_id,
        pairs.return_line_id,
        pairs.twin_return_line_id,
        pairs.days_between,
        case
            when pairs.waybill_distance = 0 then 'awb'
            when pairs.item_distance = 1 then 'order_line'
            when pairs.item_distance = 2 then 'product'
            when pairs.item_distance = 3 then 'sku'
            else 'order'
        end as matched_by
    from pairs
    inner join nearest on pairs.merchant_id = nearest.merchant_id and pairs.place = nearest.place
)

-- Of several sources a line may stand for another and have its own twin: the last in the row stands for all.
select
    twins.merchant_id,
    twins.return_line_id,
    coalesce(
        third_twins.twin_return_line_id,
        second_twins.twin_return_line_id,
        twins.twin_return_line_id
    ) as twin_return_line_id,
    twins.matched_by,
    twins.days_between
from twins
left join twins as second_twins
    on
        twins.merchant_id = second_twins.merchant_id
        and twins.twin_return_line_id = second_twins.return_line_id
left join twins as third_twins
    on
        second_twins.merchant_id = third_twins.merchant_id
        and second_twins.twin_return_line_id = third_twins.return_line_id
