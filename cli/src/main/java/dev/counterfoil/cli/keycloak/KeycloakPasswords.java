package dev.counterfoil.cli.keycloak;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.signin.passwords.PasswordHash;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Password credentials of a realm export. Keycloak keeps both halves as JSON within JSON. */
final class KeycloakPasswords {
  private static final int BYTES_MAX = 64 * 1024;
  private static final int VALUES_MAX = 1_000;

  private KeycloakPasswords() {}

  /**
   * The hash of a credential.
   *
   * @throws IllegalArgumentException saying why it is not taken
   */
  static PasswordHash hash(JsonObject credential) throws FormatException {
    JsonObject secret = inner(credential, "secretData");
    JsonObject data = inner(credential, "credentialData");
    Base64.Decoder decoder = Base64.getDecoder();
    byte[] salt = decoder.decode(secret.string("salt"));
    byte[] value = decoder.decode(secret.string("value"));
    int iterations = Math.toIntExact(Math.min(data.number("hashIterations"), Integer.MAX_VALUE));
    String algorithm = data.string("algorithm");
    return PasswordHash.parse(
        switch (algorithm) {
          case "pbkdf2-sha256" -> PasswordHash.pbkdf2(256, iterations, salt, value);
          case "pbkdf2-sha512" -> PasswordHash.pbkdf2(512, iterations, salt, value);
          case "argon2" -> argon2(data.object("additionalParameters"), iterations, salt, value);
          default -> throw new IllegalArgumentException("hashes of this kind are not known here");
        });
  }

  private static String argon2(JsonObject parameters, int passes, byte[] salt, byte[] value)
      throws FormatException {
    return PasswordHash.argon2(
        one(parameters, "type"),
        one(parameters, "version").equals("1.0") ? 16 : 19,
        Integer.parseInt(one(parameters, "memory")),
        passes,
        Integer.parseInt(one(parameters, "parallelism")),
        salt,
        value);
  }

  private static String one(JsonObject parameters, String name) throws FormatException {
    return String.join("", parameters.strings(name));
  }

  private static JsonObject inner(JsonObject credential, String name) throws FormatException {
    return StrictJson.object(
        credential.string(name).getBytes(StandardCharsets.UTF_8), BYTES_MAX, VALUES_MAX);
  }
}
