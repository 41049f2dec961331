"""What requests and answers look like on the wire, apart from the domain they speak of."""
