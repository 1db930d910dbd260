package dev.counterfoil.cli.token;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.TokenFile;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.TokenId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which token is meant: by its identifier, or by the token itself, of which nothing but its
 * identifier, issuer and digest is used. Nothing of it is verified.
 *
 * @param digest of the signing input, where the token itself was given
 * @param issuer its {@code iss}, where the token itself was given and has one
 */
public record TokenArgument(String identifier, Optional<Hash> digest, Optional<String> issuer) {
  /**
   * A token in whatever else was copied with it: a header's name, quotes, a line of JSON. It begins
   * with an object in base64url, also where its end was cut off.
   */
  private static final Pattern ANYWHERE =
      Pattern.compile("eyJ[\\w-]++(?:\\.[\\w-]*+){1,2}|(?<![\\w-])eyJ[\\w-]++");

  /**
   * The token that is meant.
   *
   * @param given the identifier, or a file that holds the token, or {@code -} for standard input
   */
  public static TokenArgument of(String given) {
    if (isIdentifier(given)) {
      return named(given);
    }
    if (given.equals("-") || isFile(given)) {
      return in(TokenFile.read(given))
          .orElseThrow(
              () ->
                  CommandFailure.environment(
                      (given.equals("-") ? "standard input" : given)
                          + " contains no signed token with an identifier. Expected"
                          + " header.payload.signature, with a jti"));
    }
    String pasted = given.strip();
    if (isIdentifier(pasted)) {
      return named(pasted);
    }
    Matcher tokens = ANYWHERE.matcher(pasted);
    if (!tokens.find()) {
      // Whatever a service may have recorded as an identifier.
      return named(given);
    }
    // Somebody pastes the token itself: it goes no further.
    String token = tokens.group();
    if (tokens.find()) {
      throw CommandFailure.environment("--token got more than one token. Nothing was sent");
    }
    return in(token)
        .orElseThrow(
            () ->
                CommandFailure.environment(
                    "--token got an incomplete token, or one without identifier (jti)."
                        + " Nothing was sent"));
  }

  private static TokenArgument named(String identifier) {
    return new TokenArgument(identifier, Optional.empty(), Optional.empty());
  }

  private static boolean isIdentifier(String text) {
    try {
      TokenId.parse(text);
      return true;
    } catch (FormatException e) {
      return false;
    }
  }

  private static boolean isFile(String name) {
    try {
      return Files.exists(Path.of(name));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static Optional<TokenArgument> in(String token) {
    int payload = token.indexOf('.');
    int signature = token.lastIndexOf('.');
    if (payload < 1 || signature <= payload + 1) {
      return Optional.empty();
    }
    int start = payload;
    // A scheme may stand before it, as in a header.
    while (start > 0 && isOfBase64Url(token.charAt(start - 1))) {
      start--;
    }
    try {
      JsonObject claims =
          StrictJson.object(
              Base64Url.decode(token.substring(payload + 1, signature)), TokenFile.BYTES_MAX);
      String identifier = claims.string("jti");
      byte[] input = token.substring(start, signature).getBytes(StandardCharsets.US_ASCII);
      return Optional.of(
          new TokenArgument(
              identifier, Optional.of(Hash.sha256(input)), claims.optionalString("iss")));
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  private static boolean isOfBase64Url(char c) {
    return (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == '-';
  }
}
