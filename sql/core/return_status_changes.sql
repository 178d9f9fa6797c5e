-- description: How the status of every return line changed, and whether that way is a legal one. From the source's events where it has them; a status that no event tells is placed by comparing what successive files say of the line, in the interval between two sightings.
-- grain: change of a return line's status
-- key: merchant_id, return_line_id, to_status, changed_at
-- load: merge
-- case: return_line_id
-- follows: raw.files, staging.return_lines
-- month: changed_at
-- columns:
--   merchant_id
--   return_line_id
--   change_number bigint: Number of the change within its line, from 1.
--   from_status varchar: Status before; empty where nothing earlier is known.
--   to_status varchar: Status after.
--   evidence varchar: `event`: the source tells the change; `file_difference`: two files differ.
--   transition_note varchar: Why the transition is legal; why it is not judged; for an illegal one that it is on no list.
--   is_legal boolean: The transition is on the list of legal ones, or the first that is known; empty where a status is unknown (`other`).
--   changed_after timestamp: Start of the interval in which it changed (UTC), where only an interval is known.
--   changed_at timestamp: When it changed (UTC), or the end of that interval: the first file with the new status, or the row's own last change, or when its source had last seen it, where that is earlier.
-- checks:
--   not_null: return_line_id
--   not_null: to_status
--   not_null: changed_at
--   unique: merchant_id, return_line_id, to_status, changed_at
--   assert evidence_is_known: evidence in ('event', 'file_difference')
--   assert interval_is_in_order: changed_after <= changed_at
--   assert status_changes: from_status is null or from_status <> to_status
with
events as (
    select merchant_id, return_line_id, from_status, to_status, changed_at, changed_after
    from core.return_status_events
),

files as (
    select file_id, as_of, file_sequence
    from raw.files
    where merged_at is not null
),

staged_lines as (
    select
        merchant_id,
        file_id,
        record_number,
        return_line_id,
        status,
        requested_date,
        requested_at,
        updated_at,
        observed_at
    from staging.return_lines
    where status is not null
),

merchants as (
    select merchant_id, coalesce(timezone, 'UTC') as timezone
    from core.merchants
),

-- The one list of legal ways: the seven statuses of the older flow; of the newer one `open` is pending, and
-- `closed` ends a return whatever became of its items.
transitions as (
    select listed.from_status, listed.to_status, listed.transition_note
    from (
        values
        ('pending', 'authorized', 'the request was approved'),
        ('pending', 'received', 'goods came before or without an approval'),
        ('pending', 'refunded', 'money went back without asking for the goods'),
        ('pending', 'rejected', 'the request was refused'),
        ('pending', 'cancelled', 'the request was withdrawn'),
        ('pending', 'closed', 'the return was closed without a decision'),
        ('authorized', 'received', 'the goods arrived'),
        ('authorized', 'refunded', 'money went back before the goods came'),
        ('authorized', 'repaired', 'a replacement was sent before the goods came'),
        ('authorized', 'rejected', 'the approval was taken back'),
        ('authorized', 'cancelled', 'the goods were never sent'),
        ('authorized', 'closed', 'the return was closed without the goods'),
        ('received', 'authorized', 'goods came before the approval'),
        ('received', 'repaired', 'the goods were repaired or replaced'),
        ('received', 'refunded', 'money went back for the goods'),
        ('received', 'rejected', 'the inspection refused the goods'),
        ('received', 'closed', 'the return was closed with the goods'),
        ('repaired', 'refunded', 'the repair or replacement did not settle it'),
        ('repaired', 'closed', 'the return was closed after the repair'),
        ('refunded', 'closed', 'the return was closed after the refund'),
        ('rejected', 'pending', 'the customer asked again'),
        ('rejected', 'authorized', 'the refusal was taken back'),
        ('rejected', 'closed', 'the return was closed after the refusal'),
        ('cancelled', 'pending', 'the customer asked again'),
        ('cancelled', 'closed', 'the return was closed after it was withdrawn')
    ) as listed (from_status, to_status, transition_note)
),

-- Steps of one day whose order the source does not tell are taken in this order.
status_ranks as (
    select listed.status, listed.status_rank
    from (
        values
        ('pending', 1),
        ('authorized', 2),
        ('received', 3),
        ('repaired', 4),
        ('refunded', 4),
        ('rejected', 4),
        ('cancelled', 4),
        ('closed', 5),
        ('other', 6)
    ) as listed (status, status_rank)
),

versions as (
    select
        staged_lines.merchant_id,
        staged_lines.return_line_id,
        staged_lines.status,
        staged_lines.requested_date,
        staged_lines.requested_at,
        staged_lines.updated_at,
        staged_lines.observed_at,
        files.as_of as seen_at,
        -- One sighting an age of file: of several rows the one that the source had seen last, then the later load, as
        -- in core.return_lines.
        row_number() over (
            partition by staged_lines.merchant_id, staged_lines.return_line_id, files.as_of
            order by
                staged_lines.observed_at desc nulls last,
                files.file_sequence desc,
                staged_lines.record_number desc
        ) as recency
    from staged_lines
    inner join files on staged_lines.file_id = files.file_id
),

told_once as (
    select
        *,
        max(observed_at) over (
            partition by merchant_id, return_line_id
            order by seen_at asc
            rows between unbounded preceding and 1 preceding
        ) as known_until
    from versions
    where recency = 1
),

-- A file may repeat what is older than an earlier file knew.
sightings as (
    select
        merchant_id,
        return_line_id,
        status,
        requested_date,
        requested_at,
        updated_at,
        observed_at,
        seen_at,
        lag(status) over (partition by merchant_id, return_line_id order by seen_at asc) as earlier_status,
        lag(seen_at) over (partition by merchant_id, return_line_id order by seen_at asc) as earlier_seen_at
    from told_once
    where coalesce(observed_at >= known_until, true)
),

begun as (
    select
        sightings.merchant_id,
        sightings.return_line_id,
        sightings.status as to_status,
        sightings.requested_at,
        sightings.updated_at,
        sightings.observed_at,
        sightings.seen_at,
        coalesce(
            sightings.earlier_seen_at,
            sightings.requested_at,
            timezone('UTC', timezone(merchants.timezone, cast(sightings.requested_date as timestamp)))
        ) as known_after,
        -- A request is pending from the moment in which it is made.
        sightings.earlier_seen_at is null
        and sightings.status = 'pending'
        and coalesce(sightings.requested_at <= sightings.seen_at, false) as is_request
    from sightings
    left join merchants on sightings.merchant_id = merchants.merchant_id
    where sightings.earlier_status is null or sightings.earlier_status <> sightings.status
),

differences as (
    select
        merchant_id,
        return_line_id,
        to_status,
        case
            when is_request then requested_at
            when updated_at > known_after and updated_at <= seen_at then updated_at
            when observed_at > known_after and observed_at <= seen_at then observed_at
            else seen_at
        end as changed_at,
        case when not is_request and known_after < seen_at then known_after end as changed_after
    from begun
),

told_statuses as (
    select distinct merchant_id, return_line_id, to_status
    from events
),

changes as (
    select
        merchant_id,
        return_line_id,
        from_status as stated_from_status,
        to_status,
        'event' as evidence,
        case when changed_after <= changed_at then changed_after end as changed_after,
        changed_at
    from events
    union all
    select
        differences.merchant_id,
        differences.return_line_id,
        cast(null as varchar) as stated_from_status,
        differences.to_status,
        'file_difference' as evidence,
        differences.changed_after,
        differences.changed_at
    from differences
    left join told_statuses
        on
            differences.merchant_id = told_statuses.merchant_id
            and differences.return_line_id = told_statuses.return_line_id
            and differences.to_status = told_statuses.to_status
    where told_statuses.to_status is null
),

-- A source that knows the day only tells an interval of one local day.
dated as (
    select
        changes.merchant_id,
        changes.return_line_id,
        changes.stated_from_status,
        changes.to_status,
        changes.evidence,
        changes.changed_after,
        changes.changed_at,
        status_ranks.status_rank,
        changes.evidence = 'event'
        and coalesce(changes.changed_at <= changes.changed_after + interval 26 hour, false) as is_day_only,
        cast(
            timezone(
                coalesce(merchants.timezone, 'UTC'),
                timezone(
                    'UTC',
                    case
                        when
                            changes.evidence = 'event'
                            and changes.changed_at <= changes.changed_after + interval 26 hour
                            then changes.changed_after
                        else changes.changed_at
                    end
                )
            ) as date
        ) as changed_date
    from changes
    left join merchants on changes.merchant_id = merchants.merchant_id
    left join status_ranks on changes.to_status = status_ranks.status
),

placed as (
    select
        merchant_id,
        return_line_id,
        stated_from_status,
        to_status,
        evidence,
        changed_after,
        changed_at,
        status_rank,
        changed_date,
        case
            when
                max(case when is_day_only then 1 else 0 end) over (
                    partition by merchant_id, return_line_id, changed_date
                ) = 1
                then status_rank
        end as rank_in_day
    from dated
),

ordered as (
    select
        merchant_id,
        return_line_id,
        stated_from_status,
        to_status,
        evidence,
        changed_after,
        changed_at,
        row_number() over line_in_time as step_number,
        lag(to_status) over line_in_time as earlier_status
    from placed
    window
        line_in_time as (
            partition by merchant_id, return_line_id
            order by
                changed_date asc,
                rank_in_day asc,
                changed_at asc,
                status_rank asc,
                to_status asc
        )
),

-- The same status again is no change: a date that was corrected, a file that repeats it.
kept as (
    select
        merchant_id,
        return_line_id,
        stated_from_status,
        to_status,
        evidence,
        changed_after,
        changed_at,
        earlier_status,
        lag(evidence) over (
            partition by merchant_id, return_line_id
            order by step_number asc
        ) as earlier_evidence,
        row_number() over (partition by merchant_id, return_line_id order by step_number asc) as change_number
    from ordered
    where earlier_status is null or earlier_status <> to_status
),

linked as (
    select
        merchant_id,
        return_line_id,
        change_number,
        to_status,
        evidence,
        changed_after,
        changed_at,
        -- What the source states counts, unless a change that it did not tell stands between.
        case
            when
                stated_from_status <> to_status
                and (earlier_evidence is null or earlier_evidence = 'event')
                then stated_from_status
            else earlier_status
        end as from_status
    from kept
)

select
    linked.merchant_id,
    linked.return_line_id,
    linked.change_number,
    linked.from_status,
    linked.to_status,
    linked.evidence,
    case
        when linked.from_status is null then 'first status that is known'
        when linked.from_status = 'other' or linked.to_status = 'other'
            then 'a status that is not known cannot be judged'
        else coalesce(transitions.transition_note, 'no legal way leads from the one to the other')
    end as transition_note,
    case
        when linked.from_status is null then true
        when linked.from_status = 'other' or linked.to_status = 'other' then cast(null as boolean)
        else transitions.to_status is not null
    end as is_legal,
    linked.changed_after,
    linked.changed_at
from linked
left join transitions
    on linked.from_status = transitions.from_status and linked.to_status = transitions.to_status
