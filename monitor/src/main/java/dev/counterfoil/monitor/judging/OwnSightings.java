package dev.counterfoil.monitor.judging;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.word.Acknowledgement;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.monitor.database.DatabaseFullException;
import dev.counterfoil.monitor.watching.AcknowledgementStore;
import dev.counterfoil.verifier.reporting.SightingSink;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The monitor is a service as well, which verifies the tokens of those who call it: it reports and
 * acknowledges to itself. Of the tokens that it lets in, the custodian has every counterfoil
 * anyway; those that it refuses although a key of the domain has signed them are matched like any
 * other service's.
 */
public final class OwnSightings implements SightingSink {
  private static final String NAME = "counterfoil-monitor";

  private final String domain;
  private final SightingStore sightings;
  private final AcknowledgementStore acknowledgements;
  private final InstantSource clock;
  private final Runnable came;
  private final AtomicLong sequence;
  private final AtomicLong lost = new AtomicLong();

  /**
   * Of one domain's tokens.
   *
   * @param came told when there is one to match
   */
  public OwnSightings(
      String domain,
      SightingStore sightings,
      AcknowledgementStore acknowledgements,
      InstantSource clock,
      Runnable came) {
    this.domain = domain;
    this.sightings = sightings;
    this.acknowledgements = acknowledgements;
    this.clock = clock;
    this.came = came;
    this.sequence = new AtomicLong(clock.instant().toEpochMilli());
  }

  @Override
  public void report(Sighting sighting) {
    if (sighting.isAccepted() || (!sighting.signed() && sighting.evidence() == null)) {
      return;
    }
    Hash digest = Hash.sha256(sighting.toJson().toString().getBytes(StandardCharsets.UTF_8));
    try {
      sightings.record(
          domain + "/" + NAME,
          new SightingBatch(
              NAME, sequence.getAndIncrement(), lost.get(), List.of(sighting), digest),
          clock.instant());
      came.run();
    } catch (DatabaseFullException e) {
      // The next one that is taken says so; that the database is full is a finding already.
      lost.incrementAndGet();
    }
  }

  @Override
  public void acknowledge(Acknowledgement acknowledgement) {
    acknowledgements.take(domain + "/" + NAME, acknowledgement, clock.instant());
  }

  @Override
  public String instance() {
    return NAME;
  }
}
