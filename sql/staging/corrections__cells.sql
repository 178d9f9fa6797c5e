-- description: Corrections of quarantined records, one a cell. They are no things of their own: the file that they
--   correct is read anew with them. Those without a text in `corrected` change nothing.
-- grain: record of a corrections file
-- key: file_id, record_number
-- load: merge
-- columns:
--   merchant_id
--   file_id
--   record_number
--   line_number
--   is_part_of_another boolean: Always: a correction is part of the record that it corrects.
--   of_file_id varchar: File that is corrected.
--   of_record_number bigint: Record of that file.
--   of_column varchar: Column that is corrected, as the raw table calls it, or the header of a generic file.
--   corrected varchar: What should have stood there, handled as the column is; empty for nothing.
--   is_filled boolean: Something was corrected.
-- rejects:
--   file_unknown (of_file_id): the file_id of a file that was loaded for this merchant, as the export wrote it | leave file_id as keeprate quarantine --export wrote it, and load the file for the merchant whose export it is
--   record_unknown (of_record): the number of a record that stands in quarantine, or stood there until it was mended | leave record as it was exported: keeprate quarantine --export FILE
--   column_unknown (of_column): the header of a column of the file that is corrected | write the column as the file's header has it
--   column_personal (of_column): a column that is kept; of this one only a pseudonym is, or nothing, so that it cannot be replaced | correct it in the original file and load that under a new name
--   mend_in_file (of_column): one cell of a record whose cells are known | correct it in the original file and load that under a new name; what was loaded of it already does no harm
--   record_erased (of_record): what nobody who was erased wrote, and no postcode of theirs: these stay out, whoever states them | leave corrected empty in this row; dates, amounts and counts of the record may be corrected
--   cell_told_twice (corrected): one text for each cell in a file | decide for one of the texts and load the file again
--   file_read_anew (of_file_id): a file that was not read otherwise since the correction | export what is in quarantine now, and correct that
-- checks:
--   unique: file_id, record_number
with cells as (
    select *
    from changed.corrections__cells
),

-- A file that is read through another mapping or with another order of day and month gets a new number of its load.
files as (
    select file_id, file_sequence
    from raw.files
)

select
    cells.merchant_id,
    cells.file_id,
    cells.record_number,
    cells.line_number,
    true as is_part_of_another,
    cells.of_file_id,
    try_cast(cells.of_record as bigint) as of_record_number,
    cells.of_column,
    cells.corrected,
    cells.is_filled,
    case
        when not cells.is_filled then null
        when cells.problem is not null then cells.problem
        when corrected_files.file_id is null or corrected_files.file_sequence > own_files.file_sequence
            then 'file_read_anew'
    end as rejected_rule
from cells
left join files as corrected_files on cells.of_file_id = corrected_files.file_id
left join files as own_files on cells.file_id = own_files.file_id
