package dev.counterfoil.authority;

import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.signerprotocol.SignerClient;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/** Whether the process lives, and whether the domain can issue tokens. */
final class Health {
  private static final byte[] LIVE = "{\"live\":true}".getBytes(StandardCharsets.US_ASCII);

  private final SignerClient signer;
  private final SignerClient registrar;
  private final PublishedKeys published;
  private final InstantSource clock;

  Health(
      SignerClient signer, SignerClient registrar, PublishedKeys published, InstantSource clock) {
    this.signer = signer;
    this.registrar = registrar;
    this.published = published;
    this.clock = clock;
  }

  void live(ServerRequest request, ServerResponse response) {
    HttpAnswers.json(response, LIVE);
  }

  /** 200 when signer and registrar are connected and a stated key is active, 503 otherwise. */
  void ready(ServerRequest request, ServerResponse response) throws InterruptedException {
    boolean signs = signer.isConnected();
    boolean states = registrar.isConnected();
    Instant now = clock.instant();
    Optional<KeySet> set = published.current().map(PublishedKeys.Published::set);
    boolean active =
        set.isPresent()
            && set.get().keys().stream()
                .anyMatch(
                    key ->
                        !now.isBefore(key.activeFrom())
                            && now.isBefore(key.activeUntil())
                            && !set.get().withdrawnKeys().contains(key.kid()));
    boolean ready = signs && states && active;
    response.status(ready ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503);
    HttpAnswers.json(
        response,
        JsonObject.builder()
            .put("ready", ready)
            .put("signer_connected", signs)
            .put("registrar_connected", states)
            .put("key_active", active)
            .build()
            .toString()
            .getBytes(StandardCharsets.UTF_8));
  }
}
