package dev.counterfoil.custodian.held;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.custody.TenantCount;
import dev.counterfoil.log.record.RecordedEvent;
import dev.counterfoil.log.record.RecordedOutline;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * An audit event as its custodian sees it: sealed. That the seal holds what the leaf's digest is of
 * he cannot tell; who has the keys can, for each record.
 *
 * @param position its index in the audit log
 * @param digest of its leaf
 * @param tenant {@code domain/tenant}, as events are counted
 * @param takenAt when it was recorded, epoch seconds
 */
record HeldEvent(long position, Hash digest, String tenant, long takenAt) implements HeldRecord {
  static HeldEvent parse(byte[] record) throws FormatException {
    RecordedEvent event = RecordedEvent.parse(record);
    String tenant = RecordedOutline.parse(event.outline()).countedUnder();
    if (tenant.getBytes(StandardCharsets.UTF_8).length > TenantCount.TENANT_BYTES_MAX) {
      throw new FormatException("an event's tenant has a longer name than can be counted under");
    }
    return new HeldEvent(
        event.position(), event.digest(), tenant, Math.floorDiv(event.timeMillis(), 1000));
  }

  @Override
  public String kid() {
    return "";
  }

  @Override
  public Optional<String> subject() {
    return Optional.empty();
  }

  @Override
  public long expiresAt() {
    return takenAt;
  }
}
