package dev.counterfoil.spring;

import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.StapledProof;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/** What the verifier looks at of a servlet's request. */
final class ServletRequests {
  private static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";

  private ServletRequests() {}

  /** The request that is being served on this thread. */
  static RequestContext current() {
    return RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes served
        ? request(served.getRequest())
        : RequestContext.none();
  }

  private static RequestContext request(HttpServletRequest request) {
    RequestContext context =
        new RequestContext(
            request.getMethod(),
            uri(request),
            null,
            null,
            stapledProof(request),
            request.getRequestURI(),
            request.getRemoteAddr());
    // A bound token that comes as a bearer token is refused, whatever stands beside it (RFC 9449
    // 7.2).
    String authorization = request.getHeader("Authorization");
    List<String> proofs = Collections.list(request.getHeaders("DPoP"));
    if (authorization != null
        && authorization.toLowerCase(Locale.ROOT).startsWith("dpop ")
        && proofs.size() == 1) {
      context = context.withDpop(proofs.get(0));
    }
    return request.getAttribute(CERTIFICATES) instanceof X509Certificate[] chain && chain.length > 0
        ? context.withCertificate(chain[0])
        : context;
  }

  /** Of two, neither is one: what cannot be read is refused where a proof is read at all. */
  private static @Nullable String stapledProof(HttpServletRequest request) {
    List<String> proofs = Collections.list(request.getHeaders(StapledProof.HEADER));
    return proofs.isEmpty() ? null : String.join(",", proofs);
  }

  /** As the client sees it; null, so that no proof is good for it, where it is no URI. */
  private static @Nullable URI uri(HttpServletRequest request) {
    try {
      return new URI(request.getRequestURL().toString());
    } catch (URISyntaxException e) {
      return null;
    }
  }
}
