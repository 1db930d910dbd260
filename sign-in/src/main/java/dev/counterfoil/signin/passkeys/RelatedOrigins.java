package dev.counterfoil.signin.passkeys;

import dev.counterfoil.format.bytes.JsonObject;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.util.List;

/** Says which other origins may use the passkeys of this host (WebAuthn Level 3, 5.11). */
public final class RelatedOrigins implements Handler {
  public static final String PATH = "/.well-known/webauthn";

  private final String document;

  public RelatedOrigins(List<URI> origins) {
    this.document =
        JsonObject.builder()
            .put("origins", origins.stream().map(URI::toString).toList())
            .build()
            .toString();
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    response
        .header(HeaderNames.CONTENT_TYPE, "application/json")
        .header(HeaderNames.CACHE_CONTROL, "max-age=300")
        .send(document);
  }
}
