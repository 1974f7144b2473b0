-- How many entries take part in a round. Volatile, so that it reads anew: the statement that opens a round may have
-- waited for a join to commit, and its own snapshot is older than that.
CREATE FUNCTION agonus_participants(of_tournament uuid, round_number integer) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
begin
  return (select count(*) from entries e where e.tournament_id = of_tournament and e.status = 'active'
    and e.first_round <= round_number and (e.last_round is null or e.last_round >= round_number));
end
$$;
