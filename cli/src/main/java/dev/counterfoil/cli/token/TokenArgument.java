package dev.counterfoil.cli.token;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.TokenFile;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
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

  /** A slash alone is none: it is also a character of base64. */
  private static final Pattern FILE_NAME =
      Pattern.compile(
          "(?is)(?:/|~|\\.{1,2}/|[a-z]:\\\\).*|.*\\.(?:jwt|jws|jose|token|txt|text|json|log|out|tmp)");

  private static final int NAME_CHARACTERS_MAX = 200;

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
      if (looksLikeFile(pasted)) {
        throw CommandFailure.environment(
            "there is no file "
                + PlainText.of(pasted, NAME_CHARACTERS_MAX)
                + ". Give --token a file that contains the token, - for standard input, or the"
                + " token's identifier (jti). Nothing was sent");
      }
      // Whatever a service may have recorded as an identifier. Not repeated: it may be a secret.
      System.err.println(
          "Warning: no file has the name that --token got, and no token of ours has such an"
              + " identifier. It is taken for the identifier (jti) of another issuer's token.");
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

  /** Whether it names a file, which is not there: by its beginning, its ending or its folder. */
  private static boolean looksLikeFile(String text) {
    int slash = text.lastIndexOf('/');
    return FILE_NAME.matcher(text).matches() || (slash > 0 && isFile(text.substring(0, slash)));
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
