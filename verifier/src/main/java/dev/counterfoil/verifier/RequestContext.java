package dev.counterfoil.verifier;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * The request that a token came with.
 *
 * @param method the HTTP method, for the DPoP proof and as what was done
 * @param uri the request's URI as the client sees it, for the DPoP proof
 * @param dpopProof the one {@code DPoP} header, or null
 * @param resource what was asked for, for the sighting
 * @param clientAddress where the request came from, for the sighting
 */
public record RequestContext(
    @Nullable String method,
    @Nullable URI uri,
    @Nullable String dpopProof,
    @Nullable String resource,
    @Nullable String clientAddress) {
  /** A request of which nothing is known: tokens that are bound to a key are refused. */
  public static RequestContext none() {
    return new RequestContext(null, null, null, null, null);
  }

  /** An HTTP request without a DPoP proof. */
  public static RequestContext of(String method, URI uri, @Nullable String clientAddress) {
    return new RequestContext(method, uri, null, uri.getPath(), clientAddress);
  }

  /** The same with the value of its {@code DPoP} header. */
  public RequestContext withDpop(@Nullable String proof) {
    return new RequestContext(method, uri, proof, resource, clientAddress);
  }

  /** The same with another name for what was asked for. */
  public RequestContext withResource(String name) {
    return new RequestContext(method, uri, dpopProof, name, clientAddress);
  }

  /** Leaves the proof out. */
  @Override
  public String toString() {
    return "RequestContext[" + method + " " + resource + " from " + clientAddress + "]";
  }
}
