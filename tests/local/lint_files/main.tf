# A REST API and an HTTP API, as people write them.
variable "ttl" {
  type    = number
  default = 300
}

locals {
  tags = { team = "orders", cost = "42" }
}

resource "aws_api_gateway_authorizer" "bearer" {
  name                             = "bearer"
  rest_api_id                      = aws_api_gateway_rest_api.orders.id
  authorizer_uri                   = aws_lambda_function.authorizer.invoke_arn
  authorizer_credentials           = aws_iam_role.invocation.arn
  type                             = "REQUEST"
  identity_source                  = "method.request.header.Authorization, method.request.header.X-Tenant" # both
  authorizer_result_ttl_in_seconds = var.ttl
}

resource "aws_api_gateway_authorizer" "short" {
  name           = "short"
  rest_api_id    = aws_api_gateway_rest_api.orders.id
  authorizer_uri = aws_lambda_function.authorizer.invoke_arn
}

resource "aws_apigatewayv2_api" "shop" {
  name          = "shop"
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_authorizer" "shop" {
  api_id                  = aws_apigatewayv2_api.shop.id
  authorizer_type         = "REQUEST"
  authorizer_uri          = aws_lambda_function.authorizer.invoke_arn
  identity_sources        = [
    "method.request.header.Authorization",
  ]
  name                    = "shop"
  enable_simple_responses = true
}

resource "aws_apigatewayv2_authorizer" "native" {
  api_id           = aws_apigatewayv2_api.shop.id
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]
  name             = "native"

  jwt_configuration {
    audience = ["shop"]
    issuer   = "https://${aws_cognito_user_pool.shop.endpoint}"
  }
}

resource "aws_apigatewayv2_route" "preflight" {
  api_id             = aws_apigatewayv2_api.shop.id
  route_key          = "OPTIONS /{proxy+}"
  authorization_type = "CUSTOM"
  authorizer_id      = aws_apigatewayv2_authorizer.shop.id
}

resource "aws_api_gateway_method" "preflight" {
  rest_api_id   = aws_api_gateway_rest_api.orders.id
  resource_id   = aws_api_gateway_resource.orders.id
  http_method   = "OPTIONS"
  authorization = "CUSTOM"
  authorizer_id = aws_api_gateway_authorizer.bearer.id
}

resource "aws_apigatewayv2_api" "chat" {
  name                       = "chat"
  protocol_type              = "WEBSOCKET"
  route_selection_expression = "$request.body.action"
}

resource "aws_apigatewayv2_authorizer" "chat" {
  api_id           = aws_apigatewayv2_api.chat.id
  authorizer_type  = "REQUEST"
  authorizer_uri   = aws_lambda_function.authorizer.invoke_arn
  identity_sources = ["route.request.querystring.access_token"]
  name             = "chat"
}

resource "aws_iam_role" "invocation" {
  assume_role_policy = <<-EOT
    {"Version": "2012-10-17", "Statement": [{"Action": "sts:AssumeRole"}]}
  EOT
}
