-- description: What the shop's page said of each product and variant, from when to when. Versions are told apart by the files that held them, so a change is dated by the first file that shows it. Category, brand, supplier and fulfilment are carried forward from the last version that had them, because exports of different generations hold different columns; nothing else is. Where two exports number one variant differently, its SKU unites it under the first number.
-- grain: version of a product and variant
-- key: merchant_id, product_id, variant_id, valid_from
-- load: replace
-- columns:
--   merchant_id
--   product_id varchar: Product number.
--   variant_id varchar: Variant number; `-` stands for the product itself.
--   valid_from timestamp: When this version was first seen (UTC).
--   valid_to timestamp: When another version was first seen (UTC); empty for the version in force.
--   version_number bigint: Number of the version, the first being 1.
--   sku varchar: Stock keeping unit.
--   product_options varchar: Options of the variant as text.
--   product_name varchar: Name on the page.
--   category_path varchar: Category, levels joined by ` > `; carried forward.
--   category_ids varchar: Category numbers joined by `;`, where the source has no names.
--   brand varchar: Brand; carried forward.
--   supplier varchar: Supplier; carried forward.
--   fulfilment_type varchar: Who ships it, `own` or `drop_ship`; carried forward.
--   description_text varchar: Description on the page, as text.
--   currency_code varchar: ISO 4217 currency of the prices.
--   list_price_amount decimal(18,4): Price on the page.
--   sale_price_amount decimal(18,4): Reduced price on the page, where there is one.
--   unit_cost_amount decimal(18,4): What a unit costs the merchant.
--   weight decimal(18,4): Weight in the source's unit.
--   width decimal(18,4): Width in the source's unit.
--   height decimal(18,4): Height in the source's unit.
--   depth decimal(18,4): Depth in the source's unit.
--   is_visible boolean: Shown in the shop.
--   is_first boolean: No earlier version was seen.
-- checks:
--   not_null: product_id
--   not_null: variant_id
--   not_null: valid_from
--   unique: merchant_id, product_id, variant_id, valid_from
--   assert a_version_ends_after_it_begins: valid_to > valid_from
--   assert the_first_is_number_one: is_first = (version_number = 1)

with
products as (
    select
        merchant_id,
        product_id,
        variant_id,
        last_changed_at as valid_from,
        cast(null as timestamp) as valid_to,
        first_seen_at,
        lower(nullif(trim(sku), '')) as sku_key,
        sku,
        product_options,
        product_name,
        category_path,
        category_ids,
        brand,
        supplier,
        fulfilment_type,
        description_text,
        currency_code,
        list_price_amount,
        sale_price_amount,
        unit_cost_amount,
        weight,
        width,
        height,
        depth,
        is_visible
    from core.products
),

products_history as (
    select
        merchant_id,
        product_id,
        variant_id,
        valid_from,
        valid_to,
        sku,
        product_options,
        product_name,
        category_path,
        category_ids,
        brand,
        supplier,
        fulfilment_type,
        description_text,
        currency_code,
        list_price_amount,
        sale_price_amount,
        unit_cost_amount,
        weight,
        width,
        height,
        depth,
        is_visible
    from core.products_history
),

-- Variants of one SKU that stood in one file from the beginning are different ones, whatever their SKU.
shared_skus as (
    select merchant_id, product_id, sku_key, min(variant_id) as first_variant_id
    from products
    where variant_id <> '-' and sku_key is not null
    group by merchant_id, product_id, sku_key
    having count(*) > 1 and count(*) = count(distinct first_seen_at)
),

renumbered as (
    select products.merchant_id, products.product_id, products.variant_id, shared_skus.first_variant_id
    from products
    inner join shared_skus
        on
            products.merchant_id = shared_skus.merchant_id
            and products.product_id = shared_skus.product_id
            and products.sku_key = shared_skus.sku_key
    where products.variant_id <> '-'
),

told as (
    select * exclude (first_seen_at, sku_key) from products
    union all
    select * from products_history
),

versions as (
    select told.* replace (coalesce(renumbered.first_variant_id, told.variant_id) as variant_id)
    from told
    left join renumbered
        on
            told.merchant_id = renumbered.merchant_id
            and told.product_id = renumbered.product_id
            and told.variant_id = renumbered.variant_id
    -- Two exports of one moment: one of them speaks.
    qualify
        row_number() over (
            partition by
                told.merchant_id,
                told.product_id,
                coalesce(renumbered.first_variant_id, told.variant_id),
                told.valid_from
            order by told.variant_id asc
        ) = 1
),

numbered as (
    select
        merchant_id,
        product_id,
        variant_id,
        valid_from,
        -- least() passes over what is empty.
        least(valid_to, lead(valid_from) over until_now) as valid_to,
        row_number() over until_now as version_number,
        sku,
        product_options,
        product_name,
        last_value(nullif(trim(category_path), '') ignore nulls) over until_now as category_path,
        category_ids,
        last_value(nullif(trim(brand), '') ignore nulls) over until_now as brand,
        last_value(nullif(trim(supplier), '') ignore nulls) over until_now as supplier,
        last_value(fulfilment_type ignore nulls) over until_now as fulfilment_type,
        description_text,
        currency_code,
        list_price_amount,
        sale_price_amount,
        unit_cost_amount,
        weight,
        width,
        height,
        depth,
        is_visible
    from versions
    window until_now as (
        partition by merchant_id, product_id, variant_id
        order by valid_from asc
        rows between unbounded preceding and current row
    )
)

select
    merchant_id,
    product_id,
    variant_id,
    valid_from,
    valid_to,
    version_number,
    sku,
    product_options,
    product_name,
    category_path,
    category_ids,
    brand,
    supplier,
    fulfilment_type,
    description_text,
    currency_code,
    list_price_amount,
    sale_price_amount,
    unit_cost_amount,
    weight,
    width,
    height,
    depth,
    is_visible,
    version_number = 1 as is_first
from numbered
