package dev.counterfoil.assess.key;

import java.net.URI;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is known of one issuer.
 *
 * @param url as the operator gave it
 * @param names texts that its tokens may carry as {@code iss}: the URL, and what the metadata says
 * @param metadata both documents in one; empty when none could be read
 * @param keySet what {@code jwks_uri} served; empty when nothing could be read
 */
public record IssuerView(
    URI url, Set<String> names, Optional<ObjectNode> metadata, Optional<PublishedKeySet> keySet) {
  public IssuerView {
    names = Set.copyOf(names);
  }
}
