-- As in 0006, but a slice is bounded by the id at its end and read straight through: no list of all its ids, no join back.
CREATE OR REPLACE FUNCTION agonus_copy_task_rows(day text, after_id uuid, success_before timestamptz, failure_before timestamptz, rows_max integer,
  OUT copied integer, OUT last uuid) LANGUAGE plpgsql AS $$
begin
  execute format('select id from %I where id > $1 order by id offset $2 - 1 limit 1', day) using after_id, rows_max into last;
  if last is null then
    execute format('select id from %I where id > $1 order by id desc limit 1', day) using after_id into last;
  end if;
  if last is null then
    copied := 0;
    return;
  end if;
  execute format('with added as (
      insert into %2$I select * from %1$I where id > $1 and id <= $4 and agonus_task_stays(state, finished_at, $2, $3)
      returning name, queue, state),
    counted as (insert into task_counts (name, queue, state, tasks) select name, queue, state, count(*) from added group by 1, 2, 3)
    select count(*) from added', day, day || '_copy')
    using after_id, success_before, failure_before, last into copied;
end
$$;
