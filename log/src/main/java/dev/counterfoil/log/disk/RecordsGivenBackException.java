package dev.counterfoil.log.disk;

import java.io.IOException;

/** Records that were asked for lie below where the journal begins: they were given back. */
public final class RecordsGivenBackException extends IOException {
  private static final long serialVersionUID = 1L;

  private final long begin;

  public RecordsGivenBackException(Disk disk, long asked, long begin) {
    super(
        "the journal in %s begins at record %d: record %d was given back when custodians held it"
            .formatted(disk, begin, asked));
    this.begin = begin;
  }

  /** The first record that is there. */
  public long begin() {
    return begin;
  }
}
