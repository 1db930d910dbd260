package dev.counterfoil.guard;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.StapledProof;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The client's request as the proxy describes it. What describes it is believed, since the proxy
 * sets it; the token, its proof and the path are the client's.
 *
 * @param credentials the token and how it was sent, or null where none was
 * @param context method, URI as the client sees it, proof, certificate and address
 */
record ForwardedRequest(@Nullable Credentials credentials, RequestContext context) {
  /** Longest request target taken, in characters. */
  static final int TARGET_MAX = 8 * 1024;

  /** Most headers of a request that is refused unread in which a forged token is looked for. */
  private static final int SHOWN_MAX = 2;

  /** The Authorization header's two schemes (RFC 6750 2.1, RFC 9449 7.1). */
  enum Scheme {
    BEARER,
    DPOP
  }

  /** A token and its scheme. */
  record Credentials(Scheme scheme, String token) {
    @Override
    public String toString() {
      return "Credentials[" + scheme + "]";
    }
  }

  /**
   * The request's own line, where the proxy asks with it (Envoy); null where it asks by headers.
   */
  record OwnLine(String method, String target, @Nullable String host) {}

  private static final String METHOD = "X-Forwarded-Method";
  private static final String PROTO = "X-Forwarded-Proto";
  private static final String HOST = "X-Forwarded-Host";
  private static final String URI_HEADER = "X-Forwarded-Uri";
  private static final String FOR = "X-Forwarded-For";

  private static final Pattern METHOD_TEXT = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}");
  private static final Pattern HOST_TEXT =
      Pattern.compile("(\\[[0-9A-Fa-f:.]{2,45}]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?");

  /** Characters of a path that {@link URI} takes as they are (RFC 3986 3.3), and the percent. */
  private static final String PATH_MARKS = "-._~!$&'()*+,;=:@/%";

  /**
   * Reads it.
   *
   * @param headers every value of a header, whose name's case does not matter
   * @param trusted the proxies, whose addresses in X-Forwarded-For are skipped from the right
   * @throws FormatException when the proxy does not describe the request as it should, or the
   *     client sent two tokens or two proofs
   */
  static ForwardedRequest read(
      Function<String, List<String>> headers,
      @Nullable OwnLine own,
      GuardConfiguration.@Nullable ClientCertificate certificate,
      Set<InetAddress> trusted)
      throws FormatException {
    String method = own != null ? own.method() : one(headers, METHOD);
    String target = own != null ? own.target() : one(headers, URI_HEADER);
    String host = own != null ? String.valueOf(own.host()) : one(headers, HOST);
    String proto = one(headers, PROTO);
    if (!METHOD_TEXT.matcher(method).matches()
        || !HOST_TEXT.matcher(host).matches()
        || !(proto.equals("https") || proto.equals("http"))
        || !target.startsWith("/")
        || target.length() > TARGET_MAX) {
      throw new FormatException("the proxy's description of the request is malformed");
    }
    URI uri = uri(proto, host, target);
    RequestContext context =
        RequestContext.of(method, uri, clientAddress(headers.apply(FOR), trusted));
    Credentials credentials = credentials(headers.apply("Authorization"));
    List<String> proofs = headers.apply("DPoP");
    if (proofs.size() > 1) {
      throw new FormatException("the client sent more than one DPoP header");
    }
    // A bound token that comes as a bearer token is refused, whatever stands beside it (RFC 9449
    // 7.2).
    if (!proofs.isEmpty() && credentials != null && credentials.scheme() == Scheme.DPOP) {
      context = context.withDpop(proofs.getFirst());
    }
    List<String> stapled = headers.apply(StapledProof.HEADER);
    if (stapled.size() > 1) {
      throw new FormatException("the client sent more than one " + StapledProof.HEADER + " header");
    }
    if (!stapled.isEmpty() && !stapled.getFirst().isEmpty()) {
      // nginx writes an empty header where the client sent none.
      context = context.withStapledProof(stapled.getFirst());
    }
    if (certificate != null) {
      List<String> shown = headers.apply(certificate.header());
      if (shown.size() > 1) {
        throw new FormatException("there is more than one " + certificate.header());
      }
      if (!shown.isEmpty() && !shown.getFirst().isBlank()) {
        context = context.withCertificateThumbprint(certificate.form().parse(shown.getFirst()));
      }
    }
    return new ForwardedRequest(credentials, context);
  }

  /** What the client sees, without its query. */
  private static URI uri(String proto, String host, String target) throws FormatException {
    try {
      URI uri = URI.create(proto + "://" + host + path(target));
      if (uri.getHost() != null) {
        return uri;
      }
      throw new FormatException("the request's host is no host of a URI");
    } catch (IllegalArgumentException e) {
      // The path was made of what a URI takes: only the host can be at fault.
      throw new FormatException("the request's host is no host of a URI", e);
    }
  }

  private static String one(Function<String, List<String>> headers, String name)
      throws FormatException {
    List<String> values = headers.apply(name);
    if (values.size() != 1) {
      throw new FormatException("the proxy must send exactly one " + name);
    }
    return values.getFirst();
  }

  private static @Nullable Credentials credentials(List<String> headers) throws FormatException {
    if (headers.isEmpty()) {
      return null;
    }
    if (headers.size() > 1) {
      throw new FormatException("the client sent more than one Authorization header");
    }
    return credentials(headers.getFirst());
  }

  /** What a client sent that may be tokens, of a request that cannot be read. */
  static List<Credentials> shown(Function<String, List<String>> headers) {
    return headers.apply("Authorization").stream()
        .limit(SHOWN_MAX)
        .map(ForwardedRequest::credentials)
        .filter(Objects::nonNull)
        .toList();
  }

  private static @Nullable Credentials credentials(String header) {
    String[] words = header.strip().split(" +", 2);
    Scheme scheme =
        switch (words[0].toLowerCase(Locale.ROOT)) {
          case "bearer" -> Scheme.BEARER;
          case "dpop" -> Scheme.DPOP;
          default -> null;
        };
    // Another scheme is none of ours: the answer names those that are. Several words are no token;
    // the verifier refuses them, and looks whether a key of ours has signed one.
    return scheme == null || words.length != 2 ? null : new Credentials(scheme, words[1]);
  }

  /**
   * The path of a request target: proofs cover no query, and one may hold secrets. Bytes that no
   * URI has are percent-encoded, as proxies let them through.
   */
  private static String path(String target) {
    int end = target.length();
    for (char mark : new char[] {'?', '#'}) {
      int at = target.indexOf(mark);
      end = at < 0 ? end : Math.min(end, at);
    }
    StringBuilder path = new StringBuilder();
    byte[] bytes = target.substring(0, end).getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      char c = (char) (bytes[i] & 0xff);
      boolean whole =
          c != '%' || (i + 2 < bytes.length && isHex(bytes[i + 1]) && isHex(bytes[i + 2]));
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (whole && (letter || PATH_MARKS.indexOf(c) >= 0)) {
        path.append(c);
      } else {
        path.append('%').append(String.format(Locale.ROOT, "%02X", (int) c));
      }
    }
    return path.toString();
  }

  private static boolean isHex(byte b) {
    return Character.digit(b, 16) >= 0;
  }

  /** The nearest address that is no proxy of ours: whoever came before it says what he likes. */
  private static @Nullable String clientAddress(List<String> headers, Set<InetAddress> trusted) {
    List<String> hops =
        headers.stream().flatMap(value -> Arrays.stream(value.split(",", -1))).toList();
    for (String hop : hops.reversed()) {
      InetAddress address;
      try {
        address = InetAddress.ofLiteral(hop.strip());
      } catch (IllegalArgumentException e) {
        return null;
      }
      if (!trusted.contains(address)) {
        return address.getHostAddress();
      }
    }
    return null;
  }
}
