package dev.counterfoil.cli.token;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.TokenFile;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.tree.Leaf;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What a log knows of a token: its leaf, and where the token itself says that it stands. Nothing of
 * it is verified, and no claim is shown.
 *
 * @param leaf of its signing input
 * @param id its identifier; empty where it is not one of ours, as with tokens composed elsewhere
 */
public record LoggedToken(Leaf leaf, Optional<TokenId> id) {
  /** Reads a token from a file, or standard input. */
  public static LoggedToken read(String file) {
    String token = TokenFile.read(file);
    int signature = token.lastIndexOf('.');
    int payload = token.indexOf('.');
    if (payload < 1 || signature <= payload + 1 || token.indexOf('.', payload + 1) != signature) {
      throw CommandFailure.environment(
          file + " contains no signed token. Expected header.payload.signature");
    }
    Leaf leaf = Leaf.of(token.substring(0, signature).getBytes(StandardCharsets.US_ASCII));
    return new LoggedToken(leaf, id(token.substring(payload + 1, signature)));
  }

  private static Optional<TokenId> id(String payload) {
    try {
      return Optional.of(
          TokenId.parse(
              StrictJson.object(Base64Url.decode(payload), TokenFile.BYTES_MAX).string("jti")));
    } catch (FormatException e) {
      // A token of another issuer, which names no position.
      return Optional.empty();
    }
  }

  /** Whether a log's origin is the one that the token names. */
  public boolean isOf(String origin) {
    return id.isEmpty() || origin.endsWith("/logs/" + id.get().log());
  }
}
