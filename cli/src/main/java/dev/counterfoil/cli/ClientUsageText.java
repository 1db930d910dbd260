package dev.counterfoil.cli;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.clients.ClientDirectory.CredentialUsage;
import dev.counterfoil.format.bytes.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether a client may be used, and when it was last, in words and as JSON. */
final class ClientUsageText {
  private ClientUsageText() {}

  /** Of the client itself. */
  static String of(AuthorityAdmin.Standing standing) {
    return last(standing.usage().last(), standing);
  }

  /** Of the client, and of each of its secrets and keys. */
  static String ofEach(AuthorityAdmin.Standing standing) {
    List<String> parts = new ArrayList<>(List.of(of(standing)));
    for (CredentialUsage one : standing.usage().credentials()) {
      parts.add(
          one.kind().replace('_', ' ')
              + one.thumbprint().map(thumbprint -> " " + thumbprint).orElse("")
              + " "
              + last(one.last(), standing));
    }
    return String.join(", ", parts);
  }

  private static String last(Optional<Instant> last, AuthorityAdmin.Standing standing) {
    return last.map(Instant::toString)
        .orElse(
            standing.usage().registeredAt().isBefore(standing.usesSince())
                ? "not since " + standing.usesSince()
                : "never");
  }

  /** A client's JSON with when it was used, and whether it is disabled. */
  static JsonObject in(JsonObject client, AuthorityAdmin.Standing standing) {
    JsonObject json =
        client
            .with(
                "uses_since",
                standing.usesSince().toString(),
                "registered_at",
                standing.usage().registeredAt().toString())
            .with(
                "credentials",
                standing.usage().credentials().stream().map(ClientUsageText::json).toList())
            .with("disabled", standing.standing().disabled());
    return standing
        .usage()
        .last()
        .map(last -> json.with("last_used", last.toString()))
        .orElse(json);
  }

  private static JsonObject json(CredentialUsage one) {
    return JsonObject.builder()
        .put("kind", one.kind())
        .put("thumbprint", one.thumbprint().orElse(null))
        .put("last_used", one.last().map(Instant::toString).orElse(null))
        .build();
  }
}
