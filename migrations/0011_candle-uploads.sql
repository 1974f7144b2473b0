-- Text of an upload that waits to be sorted: an upload is read once, as it comes. The rows go with their upload.
CREATE TABLE candle_upload_pieces (
  source_id text NOT NULL,
  symbol text NOT NULL,
  number integer NOT NULL,
  text text NOT NULL,
  CONSTRAINT candle_upload_pieces_source_id_symbol_number_pk PRIMARY KEY(source_id,symbol,number)
);
--> statement-breakpoint
ALTER TABLE candle_upload_pieces ADD CONSTRAINT candle_upload_pieces_upload_fk FOREIGN KEY (source_id,symbol) REFERENCES candle_uploads(source_id,symbol) ON DELETE cascade;
