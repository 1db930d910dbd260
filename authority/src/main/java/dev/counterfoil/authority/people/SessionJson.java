package dev.counterfoil.authority.people;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signin.sessions.HeldSession;
import dev.counterfoil.signin.sessions.Session;
import java.time.DateTimeException;
import java.time.Instant;

/** A session in the answers of the admin socket, and between authorities. */
public final class SessionJson {
  private SessionJson() {}

  /**
   * {@code {"id", "subject", "began_at", "proved_at", "expires_at", "amr", "acr", "address",
   * "browser"}}.
   */
  public static JsonObject of(HeldSession held) {
    return JsonObject.builder()
        .put("id", held.session().id())
        .put("subject", held.session().subject())
        .put("began_at", held.began().toString())
        .put("proved_at", held.session().authTime().toString())
        .put("expires_at", held.expires().toString())
        .put("amr", held.session().amr())
        .put("acr", held.session().acr())
        .put("address", held.address())
        .put("browser", held.browser())
        .build();
  }

  /** Reads one. */
  public static HeldSession read(JsonObject json) throws FormatException {
    try {
      return new HeldSession(
          new Session(
              json.string("id"),
              json.string("subject"),
              Instant.parse(json.string("proved_at")),
              json.strings("amr"),
              json.string("acr")),
          Instant.parse(json.string("began_at")),
          Instant.parse(json.string("expires_at")),
          json.string("address"),
          json.string("browser"));
    } catch (DateTimeException e) {
      throw new FormatException("this is no session: " + e.getMessage(), e);
    }
  }
}
