-- description: What returns more than before, for readers: flags, of which at most one in ten is expected to be false over all looks and units, and a watch list that claims no error control.
-- grain: merchant x kind of unit x unit x class of reason
-- key: merchant_id, kind, unit_id, reason_class
-- load: replace
-- columns:
--   merchant_id
--   kind varchar: What is watched: a SKU for a class of reason, a supplier, a lot (what a supplier first sold in one week), or a category.
--   unit_id varchar: Its id: product and variant of a SKU; supplier and first-sold week of a lot.
--   reason_class varchar: Class of the stated reason, or `all`: for whatever reason.
--   product_id varchar: Product of a SKU.
--   product_name varchar: Name of the product on the newest order; empty for other kinds.
--   variant_id varchar: Variant of a SKU; `-` where none.
--   category varchar: Category, of a SKU or as the unit itself.
--   supplier varchar: Supplier, of a lot or as the unit itself.
--   first_sold_week date: Monday of the week in which a lot was first sold.
--   list varchar: `flag`, or `watch`: no error control.
--   rank bigint: Place on its list, from 1.
--   first_seen_week date: Monday of the week at whose end it was first flagged; flags alone.
--   since_week date: Monday of the sales week since which it is likely to be so; flags alone.
--   rate_multiplier double: How many times its own rate before, against its like; flags alone.
--   multiplier_lower_90 double: Lower end of the 90 % interval of that.
--   multiplier_upper_90 double: Upper end of that interval.
--   sold_line_count bigint: Order lines sold since then; flags alone.
--   returned_line_count bigint: Order lines asked back of those sold since then, or in the last 26 weeks.
--   expected_line_count double: Order lines to expect at its own rate before, or at that of its like.
--   chance_of_false_alarm double: Share of false ones expected among flags of its strength; empty on the watch list.
--   probability_above_limit double: On the watch list: probability, by the last 26 weeks alone, that its rate is above 1.5 times that of its like.
-- checks:
--   not_null: kind
--   not_null: unit_id
--   not_null: reason_class
--   not_null: list
--   unique: merchant_id, kind, unit_id, reason_class

with
early_warnings as (
    select
        merchant_id,
        kind,
        unit_id,
        reason_class,
        product_id,
        variant_id,
        category,
        supplier,
        first_sold_week,
        list,
        rank,
        first_seen_week,
        since_week,
        rate_multiplier,
        multiplier_lower_90,
        multiplier_upper_90,
        sold_line_count,
        returned_line_count,
        expected_line_count,
        chance_of_false_alarm,
        probability_above_limit
    from ml.early_warnings
),

return_rate_by_product as (
    select merchant_id, product_id, product_name
    from marts.return_rate_by_product
)

select
    early_warnings.merchant_id,
    early_warnings.kind,
    early_warnings.unit_id,
    early_warnings.reason_class,
    early_warnings.product_id,
    return_rate_by_product.product_name,
    early_warnings.variant_id,
    early_warnings.category,
    early_warnings.supplier,
    early_warnings.first_sold_week,
    early_warnings.list,
    early_warnings.rank,
    early_warnings.first_seen_week,
    early_warnings.since_week,
    early_warnings.rate_multiplier,
    early_warnings.multiplier_lower_90,
    early_warnings.multiplier_upper_90,
    early_warnings.sold_line_count,
    early_warnings.returned_line_count,
    early_warnings.expected_line_count,
    early_warnings.chance_of_false_alarm,
    early_warnings.probability_above_limit
from early_warnings
left join return_rate_by_product
    on
        early_warnings.merchant_id = return_rate_by_product.merchant_id
        and early_warnings.product_id = return_rate_by_product.product_id
