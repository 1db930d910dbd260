package dev.counterfoil.custodian.issuer;

import dev.counterfoil.custodian.held.RecordItem;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Writes a custody stream, which goes on while a log grows (spec/custody.md). */
public final class RecordStreamWriter {
  /** The media type of the stream. */
  public static final String MEDIA_TYPE = "application/vnd.counterfoil.records";

  private final OutputStream out;

  /** A stream that begins. */
  public RecordStreamWriter(OutputStream out) {
    this.out = out;
  }

  /**
   * Records that are packed as a journal's reader gives them: a record's kind is 0, so that the
   * length before it is its item's head.
   */
  public void packed(byte[] records) throws IOException {
    out.write(records);
  }

  /** A record. */
  public void record(byte[] record) throws IOException {
    item(RecordItem.RECORD, record);
  }

  /** A checkpoint of the size that the records so far make. */
  public void head(byte[] note) throws IOException {
    item(RecordItem.HEAD, note);
  }

  /** There is no more at the moment. */
  public void pause() throws IOException {
    item(RecordItem.PAUSE, new byte[0]);
  }

  private void item(int kind, byte[] content) throws IOException {
    out.write(ByteBuffer.allocate(4).putInt(kind << 24 | content.length).array());
    out.write(content);
  }

  /** Sends what was written. */
  public void flush() throws IOException {
    out.flush();
  }
}
