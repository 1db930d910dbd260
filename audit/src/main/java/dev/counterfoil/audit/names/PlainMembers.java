package dev.counterfoil.audit.names;

import dev.counterfoil.format.bytes.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which members of an event stand in its row as they are: what machines say, from vocabularies of
 * their own. Every other member, and its name, is free text: it may name somebody and is sealed.
 */
final class PlainMembers {
  /** Written as they are. */
  private static final List<String> PLAIN =
      List.of(
          "action action_id activity_name category_name class_name confidence_id count",
          "disposition disposition_id duration end_time is_alert item_uids severity severity_id",
          "start_time status status_code status_id timezone_offset type_name",
          "metadata.event_code metadata.log_name metadata.log_provider metadata.log_version",
          "metadata.processed_time metadata.profiles metadata.version",
          "metadata.product.lang metadata.product.name metadata.product.uid",
          "metadata.product.vendor_name metadata.product.version",
          "metadata.product.feature.name metadata.product.feature.version",
          "actor.app_name actor.app_uid actor.user.type actor.user.type_id user.type user.type_id",
          "databucket.type databucket.type_id entity.type entity.type_id",
          "event_source.first_sequence event_source.heartbeat_seconds event_source.last_sequence",
          "event_source.last_time event_source.lost event_source.name",
          "src_endpoint.port dst_endpoint.hostname dst_endpoint.ip dst_endpoint.port",
          "http_request.http_method http_request.user_agent http_response.code",
          "recorded_token.audience recorded_token.client_uid recorded_token.digest",
          "recorded_token.expiration_time recorded_token.issuer recorded_token.key_uid",
          "recorded_token.log recorded_token.position",
          "api.operation api.version deleted_positions.first deleted_positions.last");

  /** Written where they are the text of a column. */
  private static final List<String> IN_COLUMNS =
      List.of(
          "metadata.tenant_uid metadata.reporter.uid actor.user.name actor.user.uid",
          "actor.session.uid user.name user.uid session.uid databucket.name databucket.uid",
          "entity.name entity.uid signing_key.name signing_key.uid event_source.uid",
          "src_endpoint.ip recorded_token.uid");

  /** Numbers that every event has, or the auditor adds: they stand in columns of their own. */
  private static final String NUMBERS =
      "activity_id category_uid class_uid time type_uid metadata.sequence metadata.logged_time";

  /** Those of an event. */
  static final Node EVENT = new Node("");

  static {
    List.of(NUMBERS.split(" ", -1)).forEach(path -> node(path).isNumber = true);
    PLAIN.forEach(
        paths -> List.of(paths.split(" ", -1)).forEach(path -> node(path).isPlain = true));
    IN_COLUMNS.forEach(paths -> List.of(paths.split(" ", -1)).forEach(PlainMembers::node));
  }

  private PlainMembers() {}

  /** What is said of a member, and of those in it. */
  static final class Node {
    private final Map<String, Node> members = new HashMap<>();
    private final String written;
    private boolean isPlain;
    private boolean isNumber;

    private Node(String name) {
      StringBuilder quoted = new StringBuilder();
      JsonObject.quote(quoted, name);
      this.written = quoted.append(':').toString();
    }

    /** The name as it is written before a value. */
    String written() {
      return written;
    }

    /** Whether it is a number that stands in a column of its own. */
    boolean isNumber() {
      return isNumber;
    }

    /** What is said of a member of this one; null where it is free text. */
    @Nullable Node member(String name) {
      return members.get(name);
    }

    /** Whether it may stand as it is. */
    boolean isPlain() {
      return isPlain;
    }

    /** Whether its name alone is known: it is an object. */
    boolean isObject() {
      return !members.isEmpty();
    }
  }

  private static Node node(String path) {
    Node node = EVENT;
    for (String name : path.split("\\.", -1)) {
      node = node.members.computeIfAbsent(name, Node::new);
    }
    return node;
  }
}
