// SPDX-License-Identifier: GPL-2.0
/* Each side takes its second lock in another function. */

struct mutex { int x; };

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

struct foo_port {
	struct mutex mutex;
	struct foo_hub *hub;
};

struct foo_hub {
	struct mutex mutex;
	struct foo_port *port;
};

static void foo_port_poke(struct foo_port *port)
{
	mutex_lock(&port->mutex);
	mutex_unlock(&port->mutex);
}

static void foo_hub_poke(struct foo_hub *hub)
{
	mutex_lock(&hub->mutex);		/* want "cycle: foo_(hub|port).mutex and foo_(hub|port).mutex are taken in both orders" */
	mutex_unlock(&hub->mutex);
}

void foo_hub_scan(struct foo_hub *hub)
{
	mutex_lock(&hub->mutex);
	foo_port_poke(hub->port);
	mutex_unlock(&hub->mutex);
}

void foo_port_event(struct foo_port *port)
{
	mutex_lock(&port->mutex);
	foo_hub_poke(port->hub);
	mutex_unlock(&port->mutex);
}
