package dev.counterfoil.keystore;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Keys that are to be made and sealed with the same secret.
 *
 * @param keyForKeys what they are sealed with; read where they are made
 */
public record KeyBatch(KeyForKeys keyForKeys, List<KeyOrder> orders) {
  public KeyBatch {
    orders = List.copyOf(orders);
  }

  static KeyBatch parse(JsonObject json) throws FormatException, IOException {
    json.allowOnly("key_for_keys", "keys");
    List<KeyOrder> orders = new ArrayList<>();
    for (JsonObject one : json.objects("keys")) {
      orders.add(KeyOrder.parse(one));
    }
    return new KeyBatch(KeyForKeys.parse(json.object("key_for_keys")), orders);
  }

  JsonObject toJson() {
    return JsonObject.builder()
        .put("key_for_keys", keyForKeys.toJson())
        .put("keys", orders.stream().map(KeyOrder::toJson).toList())
        .build();
  }
}
