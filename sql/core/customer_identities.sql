-- description: Which pseudonymous e-mails, phones and customer numbers belong to which customer, so that history and erasure find a person without knowing one.
-- grain: identity of a customer
-- key: merchant_id, identity_kind, identity_key, customer_key
-- load: replace
-- month: first_order_date
-- columns:
--   merchant_id
--   identity_kind varchar: `email`, `phone` or `id`.
--   identity_key varchar: Pseudonym of the value, keyed per merchant.
--   customer_key
--   first_order_date date: Date of the first order that carries the identity under this customer.
-- checks:
--   not_null: identity_key
--   not_null: customer_key
--   unique: merchant_id, identity_kind, identity_key, customer_key
--   assert identity_kind_is_known: identity_kind in ('email', 'phone', 'id')

with
orders as (
    select
        merchant_id,
        customer_key,
        customer_email,
        customer_phone,
        customer_id,
        min(placed_date) as first_order_date
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
        first_order_date
    from orders
    union all
    select
        merchant_id,
        'phone' as identity_kind,
        customer_phone as identity_key,
        customer_key,
        first_order_date
    from orders
    union all
    select
        merchant_id,
        'id' as identity_kind,
        customer_id as identity_key,
        customer_key,
        first_order_date
    from orders
)

select
    merchant_id,
    identity_kind,
    identity_key,
    customer_key,
    min(first_order_date) as first_order_date
from identities
where identity_key is not null
group by merchant_id, identity_kind, identity_key, customer_key
