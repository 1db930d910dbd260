package dev.counterfoil.format.custody;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.tree.TreeHasher;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * How many leaves of a log are of a tenant, as a leaf of a custody statement's tree
 * (spec/custody.md): salt, count in eight bytes, name. The salt hides name and count from whoever
 * has the leaf's hash alone, and is another one in every statement.
 *
 * @param tenant its name; empty for a leaf that fills the tree up
 * @param count how many; 0 for such a leaf
 * @param salt 32 secret bytes
 */
public record TenantCount(String tenant, long count, Hash salt) {
  /** Longest name, in bytes. */
  public static final int TENANT_BYTES_MAX = 1024;

  public TenantCount {
    if (count < 0
        || count > TokenId.POSITION_LIMIT
        || tenant.getBytes(StandardCharsets.UTF_8).length > TENANT_BYTES_MAX
        || (tenant.isEmpty() && count > 0)) {
      throw new IllegalArgumentException("not a tenant and a count");
    }
  }

  /** The leaf's hash in the statement's tree. */
  public Hash leaf() {
    byte[] name = tenant.getBytes(StandardCharsets.UTF_8);
    byte[] entry =
        ByteBuffer.allocate(Hash.BYTES + Long.BYTES + name.length)
            .put(salt.bytes())
            .putLong(count)
            .put(name)
            .array();
    return new TreeHasher().leaf(entry);
  }
}
