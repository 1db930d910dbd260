package dev.counterfoil.cli;

import java.time.Duration;

/**
 * What an installation needs, from figures that were measured (docs/understand/performance.md). A
 * test compares them with that page.
 *
 * @param tokensPerDay how many tokens are issued on a day
 * @param peak how many times the mean rate the busiest second has
 * @param keep how long counterfoils are kept after their tokens expired
 * @param sightings how long sightings are kept
 * @param holders how many hold every counterfoil: the monitor, and custodians
 */
record SizeEstimate(long tokensPerDay, long peak, Duration keep, Duration sightings, long holders) {
  /** Bytes of a token in the public log: for ever. */
  static final long LOG_BYTES = 37;

  /** Bytes of a counterfoil at one that holds it. */
  static final long HELD_BYTES = 776;

  /** Bytes of a counterfoil in the signer's journal. */
  static final long JOURNAL_BYTES = 629;

  /** For how long at most, where custodians confirm: twice journal-keep. */
  static final Duration JOURNAL_KEPT = Duration.ofDays(14);

  /** Bytes of a sighting in the monitor's database. */
  static final long SIGHTING_BYTES = 720;

  /** Microseconds of processor for a token with client_secret_basic, in all processes. */
  static final double MICROSECONDS = 57.7;

  /** The same with private_key_jwt. */
  static final double MICROSECONDS_WITH_KEYS = 124;

  /** Most tokens a second of one machine with two cores, load generator included. */
  static final long RATE_OF_TWO_CORES = 27_088;

  /** Of all processes of an idle installation with a warm spare. */
  static final long IDLE_MEBIBYTES = 547;

  private static final double DAY_SECONDS = 86_400;

  double meanPerSecond() {
    return tokensPerDay / DAY_SECONDS;
  }

  double peakPerSecond() {
    return meanPerSecond() * peak;
  }

  /** Processors that the busiest second keeps busy. */
  double cores(double microseconds) {
    return peakPerSecond() * microseconds / 1_000_000;
  }

  /** Of the public log, each year more. */
  long logBytesPerYear() {
    return tokensPerDay * 365 * LOG_BYTES;
  }

  long journalBytes() {
    return tokensPerDay * JOURNAL_KEPT.toDays() * JOURNAL_BYTES;
  }

  /** At each holder, once the oldest are deleted; what is archived is compressed and takes less. */
  long heldBytes() {
    return tokensPerDay * Math.max(1, keep.toDays()) * HELD_BYTES;
  }

  /** Where each token is presented once and its service reports it. */
  long sightingBytes() {
    return tokensPerDay * Math.max(1, sightings.toDays()) * SIGHTING_BYTES;
  }

  /** On all hosts together, with the public log of one year. */
  long diskBytes() {
    return logBytesPerYear() + journalBytes() + holders * heldBytes() + sightingBytes();
  }
}
