package dev.counterfoil.monitor.issued;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.monitor.judging.KnownServices;
import dev.counterfoil.monitor.watching.AcknowledgementStore;
import dev.counterfoil.monitor.watching.FollowedDomain;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Optional;

/**
 * What is known of who verifies a domain's tokens: the words of those who speak, the names of those
 * who take tokens, and where the monitor itself stands.
 */
public final class AcknowledgementReport {
  private final AcknowledgementStore store;
  private final KnownServices services;
  private final Collection<FollowedDomain> domains;
  private final InstantSource clock;

  public AcknowledgementReport(
      AcknowledgementStore store,
      KnownServices services,
      Collection<FollowedDomain> domains,
      InstantSource clock) {
    this.store = store;
    this.services = services;
    this.domains = domains;
    this.clock = clock;
  }

  /**
   * Writes lines.
   *
   * @param after revision of the last answer; 0 for everything
   */
  public void write(String domain, long after, KeyReport.Lines lines) throws IOException {
    Instant now = clock.instant();
    // Taken first: what comes meanwhile is written now and once more.
    long revision = store.revision();
    for (AcknowledgementStore.Kept kept : store.since(domain, after == 0 ? -1 : after)) {
      lines.line(kept.toJson(now));
    }
    for (JsonObject known : services.toJson(domain)) {
      lines.line(known);
    }
    JsonObject.Builder summary =
        JsonObject.builder()
            .put("type", "summary")
            .put("revision", revision)
            .put("now_ms", now.toEpochMilli());
    Optional<FollowedDomain> followed =
        domains.stream().filter(one -> one.name().equals(domain)).findFirst();
    if (followed.isPresent()) {
      Optional<KeySet> keys = followed.get().keySet();
      if (keys.isPresent()) {
        long size = keys.get().version();
        Optional<Hash> root = followed.get().rootAt(KeyLog.NAME, size);
        summary
            .put("key_log_size", size)
            .put("key_log_root", root.map(Hash::base64Url).orElse(null));
      }
    }
    lines.line(summary.build());
  }
}
