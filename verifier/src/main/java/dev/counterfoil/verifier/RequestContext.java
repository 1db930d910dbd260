package dev.counterfoil.verifier;

import dev.counterfoil.format.bytes.Hash;
import java.net.URI;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * The request that a token came with.
 *
 * @param method the HTTP method, for the DPoP proof and as what was done
 * @param uri the request's URI as the client sees it, for the DPoP proof
 * @param dpopProof the one {@code DPoP} header, or null
 * @param certificateThumbprint the SHA-256 of the client's TLS certificate in base64url, or null.
 *     That the client holds its key is what the handshake showed
 * @param stapledProof the one {@code Counterfoil-Proof} header (spec/stapled.md), or null
 * @param resource what was asked for, for the sighting
 * @param clientAddress where the request came from, for the sighting
 */
public record RequestContext(
    @Nullable String method,
    @Nullable URI uri,
    @Nullable String dpopProof,
    @Nullable String certificateThumbprint,
    @Nullable String stapledProof,
    @Nullable String resource,
    @Nullable String clientAddress) {
  private static final RequestContext NONE =
      new RequestContext(null, null, null, null, null, null, null);

  /** A request of which nothing is known: tokens that are bound to a key are refused. */
  public static RequestContext none() {
    return NONE;
  }

  /** An HTTP request without a DPoP proof. */
  public static RequestContext of(String method, URI uri, @Nullable String clientAddress) {
    return new RequestContext(method, uri, null, null, null, uri.getPath(), clientAddress);
  }

  /** The same with the value of its {@code DPoP} header. */
  public RequestContext withDpop(@Nullable String proof) {
    return new RequestContext(
        method, uri, proof, certificateThumbprint, stapledProof, resource, clientAddress);
  }

  /**
   * The same with the certificate that the client showed in the TLS handshake.
   *
   * @throws IllegalArgumentException if it cannot be encoded
   */
  public RequestContext withCertificate(X509Certificate certificate) {
    try {
      return withCertificateThumbprint(Hash.sha256(certificate.getEncoded()).base64Url());
    } catch (CertificateEncodingException e) {
      throw new IllegalArgumentException("the client's certificate cannot be encoded", e);
    }
  }

  /**
   * The same with the SHA-256 in base64url of the certificate's DER form, as a proxy that ends TLS
   * says it.
   */
  public RequestContext withCertificateThumbprint(@Nullable String thumbprint) {
    return new RequestContext(
        method, uri, dpopProof, thumbprint, stapledProof, resource, clientAddress);
  }

  /** The same with the value of its {@value StapledProof#HEADER} header. */
  public RequestContext withStapledProof(@Nullable String proof) {
    return new RequestContext(
        method, uri, dpopProof, certificateThumbprint, proof, resource, clientAddress);
  }

  /** The same with another name for what was asked for. */
  public RequestContext withResource(String name) {
    return new RequestContext(
        method, uri, dpopProof, certificateThumbprint, stapledProof, name, clientAddress);
  }

  /** Leaves the proofs out. */
  @Override
  public String toString() {
    return "RequestContext[" + method + " " + resource + " from " + clientAddress + "]";
  }
}
