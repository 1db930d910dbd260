package dev.counterfoil.keycloak;

import java.util.List;

/** Where digests are handed in. */
interface RecordDoorway {
  /** Most digests of one request. */
  int COUNT_MAX = 1_000;

  /**
   * Returns when digests are durable. They may be handed in again.
   *
   * @param digests 1 to {@link #COUNT_MAX}, 32 bytes each
   * @throws DoorException when they are not, or when it is not known
   */
  void record(List<byte[]> digests) throws DoorException, InterruptedException;

  /** Asks whether this source may hand in anything, without a digest. */
  void check() throws DoorException, InterruptedException;
}
