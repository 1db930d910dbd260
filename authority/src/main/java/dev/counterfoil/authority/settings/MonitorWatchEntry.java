package dev.counterfoil.authority.settings;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.SecureUrl;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * How an authority watches the monitor.
 *
 * @param every time between two probes
 * @param within after how long without a probe that came through it pages
 * @param webhook where it pages, beside its log; empty for nowhere else
 */
public record MonitorWatchEntry(
    @Meaning("How often a forged token is reported, to see whether it becomes a finding.")
        @Default("1m")
        @Bounds(min = "1s", max = "1h")
        Duration every,
    @Meaning("After how long without such a finding the authority pages.")
        @Default("3m")
        @Bounds(min = "3s", max = "1d")
        Duration within,
    @Meaning("Where it pages. Without: its log, its health and its figures say so, and no more.")
        Optional<Page> webhook) {

  /** What holds where nothing is configured. */
  public static final MonitorWatchEntry DEFAULT =
      new MonitorWatchEntry(Duration.ofMinutes(1), Duration.ofMinutes(3), Optional.empty());

  /** A webhook, signed in the manner of Standard Webhooks. */
  public record Page(
      @Meaning("Its URL: https, or http on this host. Redirects are not followed.") URI url,
      @Meaning(
              "A file with the secret of the signatures, `whsec_` and 24 to 64 bytes in base64."
                  + " While it is being rotated, a second line has the second secret.")
          SecretFile secret) {
    public Page {
      SecureUrl.require("key 'url':", url);
    }
  }

  public MonitorWatchEntry {
    if (within.compareTo(every.multipliedBy(2)) < 0) {
      throw new IllegalArgumentException(
          "key 'within': at least twice 'every', so that one probe that is late pages nobody");
    }
  }

  /** The same as a configuration file has it. */
  public JsonObject toJson() {
    return JsonObject.builder()
        .put("every", every.toMillis() + "ms")
        .put("within", within.toMillis() + "ms")
        .put(
            "webhook",
            webhook
                .map(
                    page ->
                        JsonObject.builder()
                            .put("url", page.url().toString())
                            .put("secret", page.secret().path().toString())
                            .build())
                .orElse(null))
        .build();
  }
}
