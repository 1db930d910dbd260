package dev.counterfoil.http.listener;

import io.helidon.http.encoding.ContentDecoder;
import io.helidon.http.encoding.ContentEncoder;
import io.helidon.http.encoding.ContentEncoding;
import java.util.Set;

/**
 * Lets compressed requests through as they are: a route that takes them decompresses within its own
 * bounds, and any other finds no JSON in them and refuses.
 */
final class EncodedBodies implements ContentEncoding {
  @Override
  public Set<String> ids() {
    return Set.of("gzip", "zstd");
  }

  @Override
  public boolean supportsEncoding() {
    return false;
  }

  @Override
  public boolean supportsDecoding() {
    return true;
  }

  @Override
  public ContentDecoder decoder() {
    return ContentDecoder.NO_OP;
  }

  @Override
  public ContentEncoder encoder() {
    return ContentEncoder.NO_OP;
  }

  @Override
  public String name() {
    return "as-they-are";
  }

  @Override
  public String type() {
    return "as-they-are";
  }
}
