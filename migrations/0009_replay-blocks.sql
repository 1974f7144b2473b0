-- The number of the round that opens next. Volatile, so that it reads anew: whoever joins, or stores a block of rounds, has
-- waited for the lock of the tournament's row, and its own snapshot is older than that.
CREATE FUNCTION agonus_next_round(of_tournament uuid) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
begin
  return 1 + coalesce((select max(number) from rounds where tournament_id = of_tournament), -1);
end
$$;
