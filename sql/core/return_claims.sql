-- description: What every return line claims and how it ended: the order's line and what its goods had cost, what the customer asked for and what was done, in one vocabulary. The words are on a stated list in this file; a word on no list is `other`, never guessed.
-- grain: return line
-- key: merchant_id, return_line_id
-- load: merge
-- case: return_line_id
-- month: requested_date
-- columns:
--   merchant_id
--   return_line_id varchar: Id of the request line.
--   twin_return_line_id varchar: For a line that tells again of another one: the line that counts.
--   order_id varchar: Order that the goods came from, as core.return_line_matches found it.
--   order_line_id varchar: Line of that order, where it is known.
--   status varchar: Status in one vocabulary.
--   requested_kind varchar: What the customer asked for: refund, store_credit, gift_certificate, exchange, repair or other; empty where nothing is stated.
--   resolution_kind varchar: What was done in the end: refund, store_credit, gift_certificate, exchange, repair, rejected, cancelled or other; empty while nothing is.
--   resolution_evidence varchar: What tells it: `status` (rejected, cancelled), `resolution` (the source's word), `store_credit` (an amount was credited), `final_status` (refunded or repaired, read with what was asked for).
--   currency_code varchar: ISO 4217 currency of the order's line.
--   quantity bigint: Units asked to be returned.
--   goods_amount decimal(38,4): What these units had cost on the order's line, at most the whole line, in the order's currency; empty where the line is not known.
--   goods_merchant_amount decimal(38,4): The same in the merchant's currency at the order's rate; empty where the rate is missing as well.
--   store_credit_amount decimal(18,4): Store credit given, in the order's currency.
--   has_unknown_words boolean: What was asked for or done is written in words that are on no list.
--   is_twin boolean: Another line tells of the same goods and is the one that counts.
--   is_orphan boolean: No loaded order was named or found.
--   is_countable boolean: Takes part in the ledgers' matching: no twin, no orphan, neither rejected nor cancelled.
--   is_refund_possible boolean: Countable, and nothing else than money was given for it so far.
--   requested_date date: The merchant's local date of the request.
-- checks:
--   not_null: return_line_id
--   unique: merchant_id, return_line_id
--   assert twins_are_named: is_twin = (twin_return_line_id is not null)
--   assert evidence_stands_with_its_kind: (resolution_kind is null) = (resolution_evidence is null)
--   assert refunds_only_for_what_counts: is_countable or not is_refund_possible
with
return_lines as (
    select
        merchant_id,
        return_line_id,
        status,
        quantity,
        store_credit_amount,
        requested_date,
        nullif(
            rtrim(regexp_replace(lower(trim(requested_resolution)), '[\s_-]+', ' ', 'g'), ' .,;:!。，；：！'), ''
        ) as requested_words,
        nullif(
            rtrim(regexp_replace(lower(trim(resolution)), '[\s_-]+', ' ', 'g'), ' .,;:!。，；：！'), ''
        ) as resolution_words
    from core.return_lines
),

return_line_matches as (
    select merchant_id, return_line_id, order_id, order_line_id, is_orphan
    from core.return_line_matches
),

return_line_twins as (
    select merchant_id, return_line_id, twin_return_line_id
    from core.return_line_twins
),

order_lines as (
    select
        merchant_id,
        order_id,
        order_line_id,
        currency_code,
        quantity,
        line_total_amount,
        line_total_merchant_amount
    from core.order_lines
    where quantity > 0
),

-- Lower case, blanks folded, no punctuation at the end.
words as (
    select listed.words, listed.resolution_kind
    from (
        values
        ('refund', 'refund'),
        ('refunded', 'refund'),
        ('full refund', 'refund'),
        ('partial refund', 'refund'),
        ('refund issued', 'refund'),
        ('item(s) refunded', 'refund'),
        ('refund to original payment method', 'refund'),
        ('original payment', 'refund'),
        ('original payment method', 'refund'),
        ('original payment mode', 'refund'),
        ('back to source', 'refund'),
        ('bank transfer', 'refund'),
        ('bank account', 'refund'),
        ('money back', 'refund'),
        ('退款', 'refund'),
        ('已退款', 'refund'),
        ('退貨退款', 'refund'),
        ('退货退款', 'refund'),
        ('退費', 'refund'),
        ('退费', 'refund'),
        ('全額退款', 'refund'),
        ('全额退款', 'refund'),
        ('部分退款', 'refund'),
        ('remboursement', 'refund'),
        ('remboursé', 'refund'),
        ('rückerstattung', 'refund'),
        ('erstattung', 'refund'),
        ('reembolso', 'refund'),
        ('rimborso', 'refund'),
        ('返金', 'refund'),
        ('store credit', 'store_credit'),
        ('store credits', 'store_credit'),
        ('store credit issued', 'store_credit'),
        ('credit note', 'store_credit'),
        ('wallet', 'store_credit'),
        ('store wallet', 'store_credit'),
        ('voucher', 'store_credit'),
        ('購物金', 'store_credit'),
        ('购物金', 'store_credit'),
        ('已發購物金', 'store_credit'),
        ('已发购物金', 'store_credit'),
        ('退購物金', 'store_credit'),
        ('avoir', 'store_credit'),
        ('gutschrift', 'store_credit'),
        ('gift card', 'gift_certificate'),
        ('gift certificate', 'gift_certificate'),
        ('gift certificate issued', 'gift_certificate'),
        ('禮券', 'gift_certificate'),
        ('礼券', 'gift_certificate'),
        ('禮物卡', 'gift_certificate'),
        ('carte cadeau', 'gift_certificate'),
        ('gutschein', 'gift_certificate'),
        ('exchange', 'exchange'),
        ('exchanged', 'exchange'),
        ('exchange sent', 'exchange'),
        ('variant exchange', 'exchange'),
        ('replace', 'exchange'),
        ('replaced', 'exchange'),
        ('replacement', 'exchange'),
        ('replacement sent', 'exchange'),
        ('換貨', 'exchange'),
        ('换货', 'exchange'),
        ('已換貨', 'exchange'),
        ('已换货', 'exchange'),
        ('已寄換貨', 'exchange'),
        ('更換', 'exchange'),
        ('更换', 'exchange'),
        ('換新', 'exchange'),
        ('换新', 'exchange'),
        ('échange', 'exchange'),
        ('echange', 'exchange'),
        ('umtausch', 'exchange'),
        ('austausch', 'exchange'),
        ('cambio', 'exchange'),
        ('交換', 'exchange'),
        ('repair', 'repair'),
        ('repaired', 'repair'),
        ('item(s) repaired', 'repair'),
        ('維修', 'repair'),
        ('维修', 'repair'),
        ('已維修', 'repair'),
        ('已维修', 'repair'),
        ('修理', 'repair'),
        ('réparation', 'repair'),
        ('reparation', 'repair'),
        ('reparatur', 'repair'),
        ('rejected', 'rejected'),
        ('request rejected', 'rejected'),
        ('denied', 'rejected'),
        ('refused', 'rejected'),
        ('已婉拒', 'rejected'),
        ('婉拒', 'rejected'),
        ('拒絕', 'rejected'),
        ('拒绝', 'rejected'),
        ('refusé', 'rejected'),
        ('abgelehnt', 'rejected'),
        ('cancelled', 'cancelled'),
        ('canceled', 'cancelled'),
        ('取消', 'cancelled'),
        ('已取消', 'cancelled')
    ) as listed (words, resolution_kind)
),

joined as (
    select
        return_lines.merchant_id,
        return_lines.return_line_id,
        return_line_twins.twin_return_line_id,
        return_line_matches.order_id,
        return_line_matches.order_line_id,
        return_lines.status,
        return_lines.quantity,
        return_lines.store_credit_amount,
        return_lines.requested_date,
        order_lines.currency_code,
        cast(
            order_lines.line_total_amount
            * least(return_lines.quantity, order_lines.quantity)
            / order_lines.quantity as decimal(38, 4)
        ) as goods_amount,
        cast(
            order_lines.line_total_merchant_amount
            * least(return_lines.quantity, order_lines.quantity)
            / order_lines.quantity as decimal(38, 4)
        ) as goods_merchant_amount,
        case
            when return_lines.requested_words is not null then coalesce(asked.resolution_kind, 'other')
        end as requested_kind,
        case
            when return_lines.resolution_words is not null then coalesce(done.resolution_kind, 'other')
        end as done_kind,
        coalesce(return_line_matches.is_orphan, true) as is_orphan,
        return_line_twins.twin_return_line_id is not null as is_twin
    from return_lines
    left join return_line_matches
        on
            return_lines.merchant_id = return_line_matches.merchant_id
            and return_lines.return_line_id = return_line_matches.return_line_id
    left join return_line_twins
        on
            return_lines.merchant_id = return_line_twins.merchant_id
            and return_lines.return_line_id = return_line_twins.return_line_id
    left join order_lines
        on
            return_line_matches.merchant_id = order_lines.merchant_id
            and return_line_matches.order_id = order_lines.order_id
            and return_line_matches.order_line_id = order_lines.order_line_id
    left join words as asked on return_lines.requested_words = asked.words
    left join words as done on return_lines.resolution_words = done.words
),

evidenced as (
    select
        joined.*,
        case
            when joined.status in ('rejected', 'cancelled') then 'status'
            when joined.done_kind is not null and joined.done_kind <> 'other' then 'resolution'
            when joined.store_credit_amount > 0 then 'store_credit'
            when joined.status in ('refunded', 'repaired') then 'final_status'
            when joined.done_kind is not null then 'resolution'
        end as resolution_evidence
    from joined
),

resolved as (
    select
        evidenced.*,
        case evidenced.resolution_evidence
            when 'status' then evidenced.status
            when 'resolution' then evidenced.done_kind
            when 'store_credit' then 'store_credit'
            when 'final_status'
                then
                    case
                        when evidenced.status = 'refunded' then 'refund'
                        when evidenced.requested_kind = 'exchange' then 'exchange'
                        else 'repair'
                    end
        end as resolution_kind
    from evidenced
),

counted as (
    select
        resolved.*,
        not resolved.is_twin
        and not resolved.is_orphan
        and coalesce(resolved.resolution_kind not in ('rejected', 'cancelled'), true) as is_countable
    from resolved
)

select
    merchant_id,
    return_line_id,
    twin_return_line_id,
    order_id,
    order_line_id,
    status,
    requested_kind,
    resolution_kind,
    resolution_evidence,
    currency_code,
    quantity,
    goods_amount,
    goods_merchant_amount,
    store_credit_amount,
    coalesce(requested_kind = 'other', false) or coalesce(done_kind = 'other', false) as has_unknown_words,
    is_twin,
    is_orphan,
    is_countable,
    is_countable and coalesce(resolution_kind in ('refund', 'other'), true) as is_refund_possible,
    requested_date
from counted
