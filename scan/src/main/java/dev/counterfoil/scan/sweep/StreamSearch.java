package dev.counterfoil.scan.sweep;

import dev.counterfoil.scan.finding.ScanFindings;
import dev.counterfoil.scan.finding.Trail;
import java.io.IOException;
import java.io.InputStream;

/**
 * Searches a stream in pieces. Each piece keeps some bytes of the one before, and holds back its
 * last ones until what follows is there, so that a key across a border is seen whole.
 */
public final class StreamSearch {
  /** What a key reaches at most, before and behind the two bytes that it is known by. */
  public static final int MARGIN = 16 * 1024;

  private static final int PIECE = 256 * 1024;

  private final Sweep sweep;
  private final ScanFindings findings;

  /** Size of the buffer. */
  public static final int BUFFER_BYTES = MARGIN + PIECE + MARGIN;

  private final byte[] bytes;
  private int filled;
  private int searched;
  private long offset;

  /**
   * Begins a search.
   *
   * @param buffer of {@link #BUFFER_BYTES}, used until the search is finished
   */
  public StreamSearch(Sweep sweep, ScanFindings findings, byte[] buffer) {
    this.sweep = sweep;
    this.findings = findings;
    this.bytes = buffer;
  }

  /** Takes what comes next. */
  public void take(byte[] from, int at, int length) {
    int taken = 0;
    while (taken < length) {
      int part = Math.min(length - taken, room());
      System.arraycopy(from, at + taken, bytes, filled, part);
      taken += part;
      took(part);
    }
  }

  /** Takes all that is left of a stream, without another copy. */
  public void takeAll(InputStream in) throws IOException {
    while (true) {
      int read = in.read(bytes, filled, room());
      if (read < 0) {
        return;
      }
      took(read);
    }
  }

  private int room() {
    return bytes.length - filled;
  }

  private void took(int length) {
    filled += length;
    if (filled == bytes.length) {
      search(filled - MARGIN);
      int keepFrom = searched - MARGIN;
      System.arraycopy(bytes, keepFrom, bytes, 0, filled - keepFrom);
      filled -= keepFrom;
      searched -= keepFrom;
      offset += keepFrom;
    }
  }

  /** Searches what was held back. */
  public void finish() {
    search(filled);
  }

  private void search(int to) {
    long begins = offset;
    sweep.search(bytes, searched, to, filled, Trail.of(at -> begins + at), findings);
    searched = to;
  }
}
