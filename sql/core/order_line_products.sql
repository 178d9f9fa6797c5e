-- description: The product and variant of every order line, and what the shop's page said on the day of the order: the version in force at the end of that local date. What the variant's page does not say its product's does.
-- grain: line of a loaded order
-- key: merchant_id, order_id, order_line_id
-- load: merge
-- case: order_id
-- month: placed_date
-- columns:
--   merchant_id
--   order_id varchar: Order number, unique within the merchant.
--   order_line_id varchar: Line within the order.
--   product_id varchar: Product number: of the match, else as the order states it.
--   variant_id varchar: Variant number; `-` for the product itself; empty where nothing matches.
--   matched_by varchar: `sku`: the stock keeping unit is that of just one product and variant; `product_and_options`: the product, and its one variant whose options stand on the order, in any order and with others beside them; `product`: the product alone; empty where no product is known.
--   product_name varchar: Name on the page.
--   category_path varchar: Category, levels joined by ` > `.
--   brand varchar: Brand.
--   supplier varchar: Supplier of the unit that was sold, as the order states it, else as the product does.
--   fulfilment_type varchar: Who ships it: as the order states it, else as the product does.
--   warehouse varchar: Warehouse that ships it, as the order states it.
--   currency_code varchar: ISO 4217 currency of the page's prices.
--   list_price_amount decimal(18,4): Price on the page without reduction.
--   page_price_amount decimal(18,4): Price that the page asked: the reduced one where there is one.
--   unit_cost_amount decimal(18,4): What a unit cost the merchant.
--   weight decimal(18,4): Weight in the source's unit.
--   description_text varchar: Description on the page, as text.
--   is_version_assumed boolean: The order is older than the first version seen, which then stands in; empty where nothing matches.
--   placed_date date: The merchant's local date on which the order was placed.
--   valid_from timestamp: When the version was first seen (UTC).
-- checks:
--   not_null: order_id
--   not_null: order_line_id
--   unique: merchant_id, order_id, order_line_id
--   assert match_has_a_version: (matched_by is null) = (valid_from is null)
--   assert match_has_a_variant: (matched_by is null) = (variant_id is null)

with
orders as (
    select merchant_id, order_id, placed_date
    from core.orders
),

order_lines as (
    select
        merchant_id,
        order_id,
        order_line_id,
        nullif(nullif(trim(product_id), ''), '0') as product_id,
        lower(nullif(trim(sku), '')) as sku_key,
        -- Without blanks and case, each option between commas.
        ',' || lower(regexp_replace(product_options, '[\t\n\f\r ]+', '', 'g')) || ',' as options_key,
        supplier,
        fulfilment_type,
        warehouse
    from core.order_lines
),

product_versions as (
    select
        merchant_id,
        product_id,
        variant_id,
        valid_from,
        sku,
        product_options,
        product_name,
        category_path,
        brand,
        supplier,
        fulfilment_type,
        currency_code,
        list_price_amount,
        coalesce(nullif(sale_price_amount, 0), list_price_amount) as page_price_amount,
        unit_cost_amount,
        weight,
        description_text,
        is_first
    from core.product_versions
),

products as (
    select distinct merchant_id, product_id
    from product_versions
),

skus as (
    select distinct merchant_id, lower(trim(sku)) as sku_key, product_id, variant_id
    from product_versions
    where trim(sku) <> ''
),

-- Where a product and one variant of it share a SKU, the variant is meant.
skus_of_products as (
    select
        merchant_id,
        sku_key,
        product_id,
        count(*) filter (where variant_id <> '-') as variant_count,
        coalesce(min(variant_id) filter (where variant_id <> '-'), '-') as variant_id
    from skus
    group by merchant_id, sku_key, product_id
),

skus_of_shops as (
    select merchant_id, sku_key, min(product_id) as product_id, min(variant_id) as variant_id
    from skus_of_products
    group by merchant_id, sku_key
    having count(*) = 1 and max(variant_count) <= 1
),

variants as (
    select distinct
        merchant_id,
        product_id,
        variant_id,
        lower(regexp_replace(product_options, '[\t\n\f\r ]+', '', 'g')) as options_key
    from product_versions
    where variant_id <> '-' and trim(product_options) <> ''
),

ordered as (
    select distinct merchant_id, product_id, options_key
    from order_lines
    where product_id is not null and length(options_key) > 2
),

-- Each option of the variant stands on the order; a variant with more than six has to stand there as it is.
fitting as (
    select
        ordered.merchant_id,
        ordered.product_id,
        ordered.options_key,
        variants.variant_id,
        length(variants.options_key) as fitting_length
    from ordered
    inner join variants
        on
            ordered.merchant_id = variants.merchant_id
            and ordered.product_id = variants.product_id
    where
        contains(ordered.options_key, ',' || variants.options_key || ',')
        or (
            contains(ordered.options_key, ',' || split_part(variants.options_key, ',', 1) || ',')
            and (
                split_part(variants.options_key, ',', 2) = ''
                or contains(ordered.options_key, ',' || split_part(variants.options_key, ',', 2) || ',')
            )
            and (
                split_part(variants.options_key, ',', 3) = ''
                or contains(ordered.options_key, ',' || split_part(variants.options_key, ',', 3) || ',')
            )
            and (
                split_part(variants.options_key, ',', 4) = ''
                or contains(ordered.options_key, ',' || split_part(variants.options_key, ',', 4) || ',')
            )
            and (
                split_part(variants.options_key, ',', 5) = ''
                or contains(ordered.options_key, ',' || split_part(variants.options_key, ',', 5) || ',')
            )
            and (
                split_part(variants.options_key, ',', 6) = ''
                or contains(ordered.options_key, ',' || split_part(variants.options_key, ',', 6) || ',')
            )
            and split_part(variants.options_key, ',', 7) = ''
        )
),

longest as (
    select merchant_id, product_id, options_key, max(fitting_length) as fitting_length
    from fitting
    group by merchant_id, product_id, options_key
),

-- The variant that says most; of two that say as much none.
variants_by_options as (
    select
        fitting.merchant_id,
        fitting.product_id,
        fitting.options_key,
        min(fitting.variant_id) as variant_id
    from fitting
    inner join longest
        on
            fitting.merchant_id = longest.merchant_id
            and fitting.product_id = longest.product_id
            and fitting.options_key = longest.options_key
            and fitting.fitting_length = longest.fitting_length
    group by fitting.merchant_id, fitting.product_id, fitting.options_key
    having min(fitting.variant_id) = max(fitting.variant_id)
),

-- A product that only its variants speak for is known by the variant if there is one, else by none.
variants_by_product as (
    select
        merchant_id,
        product_id,
        case
            when bool_or(variant_id = '-') then '-'
            when min(variant_id) = max(variant_id) then min(variant_id)
        end as variant_id
    from product_versions
    group by merchant_id, product_id
),

matched as (
    select
        order_lines.merchant_id,
        order_lines.order_id,
        order_lines.order_line_id,
        orders.placed_date,
        cast(orders.placed_date + 1 as timestamp) as day_after,
        order_lines.supplier,
        order_lines.fulfilment_type,
        order_lines.warehouse,
        coalesce(
            skus_of_products.product_id,
            skus_of_shops.product_id,
            order_lines.product_id
        ) as product_id,
        coalesce(
            skus_of_products.variant_id,
            skus_of_shops.variant_id,
            variants_by_options.variant_id,
            variants_by_product.variant_id
        ) as variant_id,
        case
            when coalesce(skus_of_products.variant_id, skus_of_shops.variant_id) is not null then 'sku'
            when variants_by_options.variant_id is not null then 'product_and_options'
            when variants_by_product.variant_id is not null then 'product'
        end as matched_by
    from order_lines
    inner join orders
        on order_lines.merchant_id = orders.merchant_id and order_lines.order_id = orders.order_id
    left join products
        on order_lines.merchant_id = products.merchant_id and order_lines.product_id = products.product_id
    left join skus_of_products
        on
            order_lines.merchant_id = skus_of_products.merchant_id
            and order_lines.product_id = skus_of_products.product_id
            and order_lines.sku_key = skus_of_products.sku_key
            and skus_of_products.variant_count <= 1
    -- A SKU by itself speaks only where the product that the order names is not known.
    left join skus_of_shops
        on
            order_lines.merchant_id = skus_of_shops.merchant_id
            and order_lines.sku_key = skus_of_shops.sku_key
            and products.product_id is null
    left join variants_by_options
        on
            order_lines.merchant_id = variants_by_options.merchant_id
            and order_lines.product_id = variants_by_options.product_id
            and order_lines.options_key = variants_by_options.options_key
    left join variants_by_product
        on
            order_lines.merchant_id = variants_by_product.merchant_id
            and order_lines.product_id = variants_by_product.product_id
),

-- Each version from the day after it began to the day on which the next one did; the first one also for what was
-- ordered before. Versions are few: one look-up a line finds the right one.
spans as (
    select
        merchant_id,
        product_id,
        variant_id,
        valid_from,
        product_name,
        category_path,
        brand,
        supplier,
        fulfilment_type,
        currency_code,
        list_price_amount,
        page_price_amount,
        unit_cost_amount,
        weight,
        description_text,
        case when not is_first then valid_from end as after_at,
        lead(valid_from) over (
            partition by merchant_id, product_id, variant_id
            order by valid_from asc
        ) as until_at
    from product_versions
),

-- What a variant does not say, its product said at that time.
pages as (
    select
        own_page.merchant_id,
        own_page.product_id,
        own_page.variant_id,
        own_page.valid_from,
        -- greatest() and least() pass over what is empty.
        greatest(own_page.after_at, product_page.after_at) as after_at,
        least(own_page.until_at, product_page.until_at) as until_at,
        coalesce(own_page.product_name, product_page.product_name) as product_name,
        coalesce(own_page.category_path, product_page.category_path) as category_path,
        coalesce(own_page.brand, product_page.brand) as brand,
        coalesce(own_page.supplier, product_page.supplier) as supplier,
        coalesce(own_page.fulfilment_type, product_page.fulfilment_type) as fulfilment_type,
        coalesce(own_page.currency_code, product_page.currency_code) as currency_code,
        coalesce(own_page.list_price_amount, product_page.list_price_amount) as list_price_amount,
        coalesce(own_page.page_price_amount, product_page.page_price_amount) as page_price_amount,
        coalesce(own_page.unit_cost_amount, product_page.unit_cost_amount) as unit_cost_amount,
        coalesce(own_page.weight, product_page.weight) as weight,
        coalesce(own_page.description_text, product_page.description_text) as description_text
    from spans as own_page
    left join spans as product_page
        on
            own_page.merchant_id = product_page.merchant_id
            and own_page.product_id = product_page.product_id
            and product_page.variant_id = '-'
            and coalesce(own_page.after_at < product_page.until_at, true)
            and coalesce(own_page.until_at > product_page.after_at, true)
)

select
    matched.merchant_id,
    matched.order_id,
    matched.order_line_id,
    matched.product_id,
    matched.variant_id,
    matched.matched_by,
    pages.product_name,
    pages.category_path,
    pages.brand,
    coalesce(nullif(trim(matched.supplier), ''), pages.supplier) as supplier,
    coalesce(matched.fulfilment_type, pages.fulfilment_type) as fulfilment_type,
    matched.warehouse,
    pages.currency_code,
    pages.list_price_amount,
    pages.page_price_amount,
    pages.unit_cost_amount,
    pages.weight,
    pages.description_text,
    pages.valid_from >= matched.day_after as is_version_assumed,
    matched.placed_date,
    pages.valid_from
from matched
left join pages
    on
        matched.merchant_id = pages.merchant_id
        and matched.product_id = pages.product_id
        and matched.variant_id = pages.variant_id
        and coalesce(matched.day_after > pages.after_at, true)
        and coalesce(matched.day_after <= pages.until_at, true)
