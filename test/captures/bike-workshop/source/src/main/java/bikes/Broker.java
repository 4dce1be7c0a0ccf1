package bikes;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;

/** Everything desk and workshop say to each other through RabbitMQ. */
final class Broker {
  static final String EXCHANGE = "repairs";
  private static final String REFUSED = "repairs.refused";

  private final Connection connection;
  private final Channel publishing;

  interface Taker {
    void take(Repair repair) throws Exception;
  }

  Broker(String url) throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(url);
    connection = factory.newConnection();
    publishing = connection.createChannel();
    publishing.confirmSelect();
    publishing.exchangeDeclare(EXCHANGE, "topic", true);
    publishing.exchangeDeclare(REFUSED, "fanout", true);
    publishing.queueDeclare("workshop.refused", true, false, false, null);
    publishing.queueBind("workshop.refused", REFUSED, "");
    declare("workshop.repairs", "repair.accepted");
    declare("desk.news", "repair.done");
  }

  private void declare(String queue, String key) throws IOException {
    publishing.queueDeclare(queue, true, false, false, Map.of("x-dead-letter-exchange", REFUSED));
    publishing.queueBind(queue, EXCHANGE, key);
  }

  synchronized void publish(String key, Repair repair) throws Exception {
    AMQP.BasicProperties properties =
        new AMQP.BasicProperties.Builder()
            .deliveryMode(2)
            .messageId(UUID.randomUUID().toString())
            .correlationId(repair.id())
            .type(key)
            .headers(Map.of("order-id", repair.id()))
            .build();
    publishing.basicPublish(EXCHANGE, key, properties, repair.text().getBytes(StandardCharsets.UTF_8));
    publishing.waitForConfirmsOrDie(5_000);
  }

  /** Whatever the taker throws at is refused for good. */
  void consume(String queue, Taker taker) throws IOException {
    Channel channel = connection.createChannel();
    channel.basicQos(1);
    channel.basicConsume(
        queue,
        false,
        new DefaultConsumer(channel) {
          @Override
          public void handleDelivery(
              String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) throws IOException {
            try {
              taker.take(Repair.of(new String(body, StandardCharsets.UTF_8)));
              channel.basicAck(envelope.getDeliveryTag(), false);
            } catch (Exception trouble) {
              channel.basicReject(envelope.getDeliveryTag(), false);
            }
          }
        });
  }
}
