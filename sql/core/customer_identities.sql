-- description: Which pseudonymous e-mails, phones and customer numbers belong to which customer, so that history and erasure find a person without knowing one.
-- grain: identity of a customer
-- key: merchant_id, identity_kind, identity_key, customer_key
-- load: replace
-- month: first_seen_at
-- columns:
--   merchant_id
--   identity_kind varchar: `email`, `phone` or `id`.
--   identity_key varchar: Pseudonym of the value, keyed per merchant.
--   customer_key
--   order_count bigint: Orders that carry the identity under this customer.
--   first_seen_at
-- checks:
--   not_null: identity_key
--   not_null: customer_key
--   unique: merchant_id, identity_kind, identity_key, customer_key
--   assert identity_kind_is_known: identity_kind in ('email', 'phone', 'id')
--   assert identity_has_orders: order_count > 0

with
orders as (
    select
        merchant_id,
        customer_key,
        customer_email,
        customer_phone,
        customer_id,
        count(*) as order_count,
        min(first_seen_at) as first_seen_at
    from core.orders
    where customer_key is not null
    group by merchant_id, customer_key, customer_email, customer_phone, customer_id
),

identities as (
    select
        merchant_id,
        'email' as identity_kind,
        customer_email as identity_key,
        customer_key,
        order_count,
        first_seen_at
    from orders
    union all
    select
        merchant_id,
        'phone' as identity_kind,
        customer_phone as identity_key,
        customer_key,
        order_count,
        first_seen_at
    from orders
    union all
    select
        merchant_id,
        'id' as identity_kind,
        customer_id as identity_key,
        customer_key,
        order_count,
        first_seen_at
    from orders
)

select
    merchant_id,
    identity_kind,
    identity_key,
    customer_key,
    sum(order_count)::bigint as order_count,
    min(first_seen_at) as first_seen_at
from identities
where identity_key is not null
group by merchant_id, identity_kind, identity_key, customer_key
