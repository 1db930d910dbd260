package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.verifier.VerificationKeys.TrustedKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A text that a key may have signed (RFC 7515 7.1), read as leniently as any library does: only to
 * find out which key has, for the sighting of a token that is refused. What is not spelled as JWS
 * says is <i>odd</i>: who looks at it bounds how often.
 */
final class SignedText {
  /** Most texts that are looked at in one. */
  private static final int TEXTS_MAX = 8;

  /** Most beginnings of a header that are looked for behind other characters. */
  private static final int BEGINNINGS_MAX = 4;

  /** How a header begins in base64url: a brace and a quotation mark. */
  private static final String HEADER = "eyJ";

  /** How any other object begins: a brace. */
  private static final char BRACE = 'e';

  /** Most readings of one signature that is not as long as its key's are. */
  private static final int READINGS_MAX = 3;

  private static final Pattern NOT_OF_A_TOKEN = Pattern.compile("[^A-Za-z0-9_.=+/-]+");
  private static final Base64.Decoder LENIENT = Base64.getUrlDecoder();

  private final @Nullable String kid;
  private final byte[] input;
  private final byte[] signature;
  private final boolean isOdd;

  private SignedText(@Nullable String kid, byte[] input, byte[] signature, boolean isOdd) {
    this.kid = kid;
    this.input = input;
    this.signature = signature;
    this.isOdd = isOdd;
  }

  /** A token past the limit is refused unread: what is cut off here cannot be one that passed. */
  static String bounded(String token) {
    return token.length() > CompactToken.LENGTH_MAX
        ? token.substring(0, CompactToken.LENGTH_MAX + 1)
        : token;
  }

  /** Of a token that could be taken apart. */
  static SignedText of(CompactToken token) {
    return new SignedText(token.kid(), token.signingInput(), token.signature(), false);
  }

  /**
   * In any other text the first that have three parts, the third a signature in base64url: the
   * first three parts, whatever follows them, and any later three that begin as an object does.
   */
  static List<SignedText> allIn(String text) {
    String stripped = text.strip();
    return NOT_OF_A_TOKEN
        .splitAsStream(stripped)
        .flatMap(part -> in(part, !part.equals(stripped)))
        .limit(TEXTS_MAX)
        .toList();
  }

  private static Stream<SignedText> in(String text, boolean isPart) {
    String token = withoutDotsAround(text);
    if (token.indexOf('.') == token.lastIndexOf('.')) {
      // An empty header is signed with its dot.
      return text.startsWith(".") && token.contains(".")
          ? one("." + token, 0, true).stream()
          : Stream.empty();
    }
    boolean isWhole = !isPart && text.equals(token);
    Stream<SignedText> first = one(token, 0, !isWhole).stream();
    Stream<SignedText> later =
        IntStream.iterate(token.indexOf('.') + 1, from -> from > 0, from -> next(token, from))
            .filter(from -> from < token.length() && token.charAt(from) == BRACE)
            .boxed()
            .flatMap(from -> one(token, from, true).stream());
    return Stream.of(first, headerBehind(token).stream(), later).flatMap(all -> all);
  }

  private static int next(String token, int from) {
    return token.indexOf('.', from) + 1;
  }

  /** Where other characters stand right before the header: the signature is of what follows. */
  private static Optional<SignedText> headerBehind(String token) {
    int end = token.indexOf('.');
    int from = token.indexOf(HEADER, 1);
    for (int tries = 0; tries < BEGINNINGS_MAX && from > 0 && from < end; tries++) {
      Optional<SignedText> behind = one(token, from, true).filter(text -> text.kid != null);
      if (behind.isPresent()) {
        return behind;
      }
      from = token.indexOf(HEADER, from + 1);
    }
    return Optional.empty();
  }

  /** Three parts from a place on, whatever follows them. */
  private static Optional<SignedText> one(String token, int from, boolean isOdd) {
    int first = token.indexOf('.', from);
    int second = token.indexOf('.', first + 1);
    if (first < 0 || second < 0) {
      return Optional.empty();
    }
    int third = token.indexOf('.', second + 1);
    String spelled = token.substring(second + 1, third < 0 ? token.length() : third);
    String signature = spelled.replace('+', '-').replace('/', '_').replace("=", "");
    try {
      return Optional.of(
          new SignedText(
              kid(token.substring(from, first)),
              token.substring(from, second).getBytes(StandardCharsets.US_ASCII),
              LENIENT.decode(signature),
              isOdd || third >= 0));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Looks at each dot once, wherever it is: a client may send any number of them. */
  static String withoutDotsAround(CharSequence text) {
    int from = 0;
    int to = text.length();
    while (from < to && text.charAt(from) == '.') {
      from++;
    }
    while (to > from && text.charAt(to - 1) == '.') {
      to--;
    }
    return text.subSequence(from, to).toString();
  }

  private static @Nullable String kid(String header) {
    try {
      return StrictJson.object(LENIENT.decode(header), CompactToken.LENGTH_MAX)
          .optionalString("kid")
          .orElse(null);
    } catch (FormatException | IllegalArgumentException e) {
      return null;
    }
  }

  /** The key that its header names; null where it cannot be read. */
  @Nullable String kid() {
    return kid;
  }

  /** How many checks of one key it takes at most; one where it is spelled as that key's are. */
  int checks(TrustedKey key) {
    return isOdd || signature.length != key.key().jwk().signatureBytes() ? READINGS_MAX : 1;
  }

  /** Whether a key has signed it, with either value of s. */
  boolean isSignedBy(SignatureCheck.Key key, SignatureCheck signatures) {
    return readings(key.jwk()).stream()
        .anyMatch(reading -> signatures.foreignRefusal(key, input, reading).isEmpty());
  }

  /** Whether a key has signed it with another algorithm than its own, as a thief may. */
  boolean isSignedOtherwiseBy(SignatureCheck.Key key, SignatureCheck signatures) {
    return signatures.isOfAnotherAlgorithm(key, input, signature);
  }

  /**
   * As which signatures it may be meant: bytes before or behind it, both numbers of ES256 longer or
   * shorter than they are to be, or in DER, as most libraries give them (RFC 7518 3.4 is against
   * it); an RSA signature without its leading zeros.
   */
  private List<byte[]> readings(PublicJwk key) {
    int length = key.signatureBytes();
    if (signature.length == length) {
      return List.of(signature);
    }
    List<byte[]> readings = new ArrayList<>();
    if (key.algorithm() == PublicJwk.Algorithm.ES256) {
      EcdsaDer.joined(signature).ifPresent(readings::add);
      if (readings.isEmpty()) {
        // Of an odd number of bytes either number may be the shorter one.
        int half = signature.length / 2;
        readings.add(ecdsa(half));
        if (signature.length % 2 != 0) {
          readings.add(ecdsa(half + 1));
        }
      }
    } else if (key.algorithm() == PublicJwk.Algorithm.RS256 && signature.length < length) {
      byte[] whole = new byte[length];
      System.arraycopy(signature, 0, whole, length - signature.length, signature.length);
      readings.add(whole);
    }
    if (signature.length > length) {
      readings.add(Arrays.copyOf(signature, length));
      readings.add(Arrays.copyOfRange(signature, signature.length - length, signature.length));
    }
    return readings;
  }

  private byte[] ecdsa(int lengthOfR) {
    return EcdsaDer.joined(
        Arrays.copyOf(signature, lengthOfR),
        Arrays.copyOfRange(signature, lengthOfR, signature.length));
  }

  /** The digest under which its counterfoil would be found. */
  Hash digest() {
    return Hash.sha256(input);
  }
}
