package dev.counterfoil.authority.connect;

import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Claims that a client asks for singly (OpenID Connect Core 5.5). What nobody has is left out,
 * whether it is essential or not. Pure.
 *
 * @param scopes to which the claims belong: a person who is asked for one allows that scope
 * @param idToken what is to stand in the ID token, of what is kept of people
 * @param subject who has to be signed in
 * @param acr of which one has to be met; empty for no such demand
 */
record ClaimsRequest(
    Set<String> scopes, Set<String> idToken, Optional<String> subject, Set<String> acr) {
  static final ClaimsRequest NONE =
      new ClaimsRequest(Set.of(), Set.of(), Optional.empty(), Set.of());

  private static final int BYTES_MAX = 2_048;

  /** What is kept of people, with the scope that gives it (Core 5.4). */
  private static final Map<String, String> SCOPES =
      Map.of(
          "name", "profile",
          "preferred_username", "profile",
          "email", "email",
          "email_verified", "email");

  ClaimsRequest {
    scopes = Set.copyOf(scopes);
    idToken = Set.copyOf(idToken);
    acr = Set.copyOf(acr);
  }

  /** Reads the parameter. */
  static ClaimsRequest parse(String text) throws FormatException {
    JsonObject json = StrictJson.object(text.getBytes(StandardCharsets.UTF_8), BYTES_MAX);
    JsonObject userinfo = json.optionalObject("userinfo").orElse(JsonObject.builder().build());
    JsonObject idToken = json.optionalObject("id_token").orElse(JsonObject.builder().build());
    Set<String> scopes = new LinkedHashSet<>();
    Set<String> inIdToken = new LinkedHashSet<>();
    for (Map.Entry<String, String> claim : SCOPES.entrySet()) {
      if (idToken.has(claim.getKey())) {
        inIdToken.add(claim.getKey());
      }
      if (idToken.has(claim.getKey()) || userinfo.has(claim.getKey())) {
        scopes.add(claim.getValue());
      }
    }
    List<String> subjects = values(idToken, "sub");
    if (subjects.size() > 1) {
      throw new FormatException("claims asks for more than one sub");
    }
    return new ClaimsRequest(
        scopes,
        inIdToken,
        subjects.stream().findFirst(),
        isEssential(idToken, "acr") ? Set.copyOf(values(idToken, "acr")) : Set.of());
  }

  private static boolean isEssential(JsonObject claims, String name) throws FormatException {
    return claims.get(name) instanceof JsonObject asked
        && asked.has("essential")
        && asked.truth("essential");
  }

  private static List<String> values(JsonObject claims, String name) throws FormatException {
    @Nullable Object asked = claims.get(name);
    if (!(asked instanceof JsonObject members)) {
      return List.of();
    }
    return members.has("values")
        ? members.strings("values")
        : members.optionalString("value").stream().toList();
  }

  /** What the ID token says of a person for it. */
  JsonObject of(Person person) {
    return UserinfoEndpoint.claims(person, idToken);
  }

  /** Which scope gives a claim; empty where there is no such claim. */
  static Optional<String> scopeOf(String claim) {
    return Optional.ofNullable(SCOPES.get(claim));
  }
}
