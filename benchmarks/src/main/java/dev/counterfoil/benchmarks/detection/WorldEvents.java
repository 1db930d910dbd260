package dev.counterfoil.benchmarks.detection;

import dev.counterfoil.format.bytes.JsonObject;
import org.jspecify.annotations.Nullable;

/** Events as our own processes and mail services report them (spec/audit-events.md). */
final class WorldEvents {
  static final String AUTHORITY = "authority";
  static final String MAIL = "mail";
  static final String MONITOR = "monitor";

  private static final JsonObject PRODUCT =
      JsonObject.builder().put("name", "Counterfoil").put("vendor_name", "Counterfoil").build();

  private static final JsonObject SOCKET = JsonObject.builder().put("name", "admin-socket").build();

  private WorldEvents() {}

  private static JsonObject.Builder base(
      long classUid, long activity, long time, String tenant, @Nullable String code) {
    return JsonObject.builder()
        .put("activity_id", activity)
        .put("category_uid", classUid % 100_000 / 1000)
        .put("class_uid", classUid)
        .put("type_uid", classUid * 100 + activity)
        .put("severity_id", 1)
        .put("status_id", 1)
        .put("time", time)
        .put(
            "metadata",
            JsonObject.builder()
                .put("version", "1.8.0")
                .put("product", PRODUCT)
                .put("tenant_uid", tenant)
                .put("event_code", code)
                .build());
  }

  private static JsonObject uid(String uid) {
    return JsonObject.builder().put("uid", uid).build();
  }

  private static JsonObject ip(String address) {
    return JsonObject.builder().put("ip", address).build();
  }

  private static JsonObject actor(@Nullable String person, @Nullable String client) {
    return JsonObject.builder()
        .put("user", person == null ? null : uid(person))
        .put("app_uid", client)
        .build();
  }

  /** A token as a service names it. */
  static JsonObject token(String id, String client, String tenant, String subject) {
    return JsonObject.builder()
        .put("uid", id)
        .put("issuer", "https://enterprise.example")
        .put("client_uid", client)
        .put("tenant_uid", tenant)
        .put("subject_uid", subject)
        .build();
  }

  /** A mailbox is read with a token. */
  static JsonObject read(
      long time,
      String tenant,
      String mailbox,
      String program,
      JsonObject token,
      String address,
      long count) {
    return opened(time, tenant, mailbox, actor(mailbox, program), address, count)
        .put("recorded_token", token)
        .build();
  }

  /** An administrator of the mail system reads a mailbox. */
  static JsonObject staffRead(
      long time, String tenant, String staff, String mailbox, String address) {
    JsonObject actor = JsonObject.builder().put("user", uid(staff).with("type_id", 2)).build();
    return opened(time, tenant, mailbox, actor, address, 1).build();
  }

  private static JsonObject.Builder opened(
      long time, String tenant, String mailbox, JsonObject actor, String address, long count) {
    return base(6005, 1, time, tenant, null)
        .put("actor", actor)
        .put("src_endpoint", ip(address))
        .put(
            "databucket",
            JsonObject.builder()
                .put("name", mailbox)
                .put("type_id", 99)
                .put("type", "mailbox")
                .build())
        .put("count", count);
  }

  static JsonObject staffBegins(long time, String tenant, String staff) {
    return base(3004, 1, time, tenant, "staff.begin")
        .put("actor", actor(staff, null))
        .put("entity", entity("task", staff + " " + time))
        .build();
  }

  private static JsonObject entity(String type, String uid) {
    return JsonObject.builder().put("type", type).put("uid", uid).build();
  }

  static JsonObject signIn(
      long time, String tenant, String person, String address, boolean succeeds) {
    return base(3002, 1, time, tenant, "person.sign-in")
        .put("actor", actor(person, null))
        .put("user", uid(person))
        .put("src_endpoint", ip(address))
        .build()
        .with("status_id", succeeds ? 1 : 2);
  }

  /** A person lets a client in. */
  static JsonObject grant(long time, String tenant, String person, String client, String address) {
    return base(3004, 1, time, tenant, "grant.give")
        .put("actor", actor(person, client))
        .put("src_endpoint", ip(address))
        .put("entity", entity("grant", person + " " + client))
        .build();
  }

  static JsonObject clientRegistered(long time, String tenant, String client) {
    return base(3004, 1, time, tenant, "client.register")
        .put("actor", actor("root", null))
        .put("src_endpoint", SOCKET)
        .put("entity", entity("client", client))
        .put("message", "{\"redirect_uris\":[\"https://" + client + ".example/\"]}")
        .build();
  }

  static JsonObject passkeyAdded(long time, String tenant, String person, String address) {
    return base(3004, 1, time, tenant, "passkey.add")
        .put("actor", actor(person, null))
        .put("src_endpoint", ip(address))
        .put("entity", entity("passkey", person + " " + time))
        .build();
  }

  static JsonObject personUpdated(long time, String tenant, String person) {
    return base(3004, 3, time, tenant, "person.update")
        .put("actor", actor("root", null))
        .put("src_endpoint", SOCKET)
        .put("entity", entity("person", person))
        .build();
  }

  /** A code or refresh token is used twice. */
  static JsonObject reused(long time, String tenant, String person, String client, String address) {
    return base(99_903_001, 2, time, tenant, "credential.reuse")
        .put("actor", actor(person, client))
        .put("src_endpoint", ip(address))
        .build();
  }

  /** A service refuses a token, whose proof of possession does not hold. */
  static JsonObject bindingRefused(
      long time, String tenant, String person, JsonObject token, String code, String address) {
    return base(99_903_001, 2, time, tenant, null)
        .put("actor", actor(person, null))
        .put("src_endpoint", ip(address))
        .put("recorded_token", token)
        .build()
        .with("status_id", 2, "status_code", code);
  }
}
